{% import_yaml 'd.yaml' as imported %}
{% import_json 'd.json' as jimported %}
{% load_yaml as loaded %}
z: 1
a: {y: 1, b: 2}
{% endload %}
{% load_json as jloaded %}
{"z": 1, "a": {"y": 1, "b": 2}}
{% endload %}
{% set literal = {'z': 1, 'a': {'y': 1, 'b': 2}} %}
{% set got = salt['pillar.get']('data') %}
{% set updated = {'z': 0} %}
{% do updated.update(pillar.data) %}
{% macro show(key, value) %}
    - {{ key }}: {{ value | yaml(False) | yaml_dquote }}
    - {{ key }}-flow: {{ value | yaml | yaml_dquote }}
    - {{ key }}-json: {{ value | json | yaml_squote }}
{%- if value is not string %}
    - {{ key }}-printed: {{ value }}
{%- endif %}
{% endmacro %}
x:
  test.nop:
    - begin: 1
{{ show('pillar', pillar.data) }}
{{ show('pillar-inner', pillar.data.a) }}
{{ show('get', got) }}
{{ show('merged', salt['pillar.get']('data', {'x': 1, 'b': {}}, merge=true)) }}
{{ show('imported', imported) }}
{{ show('jimported', jimported) }}
{{ show('loaded', loaded) }}
{{ show('jloaded', jloaded) }}
{{ show('literal', literal) }}
{{ show('updated', updated) }}
{{ show('copied', pillar.data.copy()) }}
{{ show('load-filter', '{z: 1, a: {y: 1, b: 2}}' | load_yaml) }}
{{ show('load-json', '{"z": 1, "a": {"y": 1, "b": 2}}' | load_json) }}
{{ show('grains', grains.datacenter) }}
{{ show('grains-get', salt['grains.get']('datacenter:rack')) }}
{{ show('config-get', salt['config.get']('data')) }}
{{ show('config-merge', salt['config.get']('data', {'b': 1}, merge='recurse')) }}
{{ show('slsutil', salt['slsutil.merge'](pillar.data, {'b': 1})) }}
{{ show('slsutil-literal', salt['slsutil.merge']({'z': 1, 'b': 1}, pillar.data)) }}
{{ show('filter-by', salt['grains.filter_by']({'Debian': pillar.data})) }}
{{ show('filter-by-merge', salt['grains.filter_by']({'Debian': {'k': 1, 'e': 2}}, merge=pillar.data)) }}
{{ show('filter-by-literal', salt['grains.filter_by']({'Debian': {'k': 1, 'e': {'z': 1, 'b': 2}}})) }}
{{ show('filter-by-imported', salt['grains.filter_by']({'Debian': imported}, merge={'y': 1, 'c': {'z': 2, 'a': 1}})) }}
{{ show('defaults', salt['defaults.merge']({'z': 1, 'c': 2}, pillar.data)) }}
{{ show('list', pillar.data.l) }}
{{ show('dictsort', pillar.data.a | dictsort) }}
{{ show('serialized', salt['slsutil.serialize']('yaml', literal)) }}
{{ show('serialized-pillar', salt['slsutil.serialize']('yaml', pillar.data)) }}
{{ show('renderer', salt['slsutil.renderer'](string='{z: 1, a: 2}')) }}
