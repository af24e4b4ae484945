{% set a = {'x': {'y': 1, 'l': [1, 2]}, 'k': 'a'} %}
{% set b = {'x': {'z': 2, 'l': [2, 3]}, 'k': 'b', 'n': none} %}
{% set target = {'a': {'b': 1}} %}
{% do salt['slsutil.update'](target, {'a': {'c': 2}}) %}
{% set dtarget = {'a': {'b': 1}, 'l': [1]} %}
{% do salt['defaults.merge'](dtarget, {'a': {'b': 2, 'c': 3}, 'l': [2]}) %}
x:
  test.nop:
    - smart: {{ salt['slsutil.merge'](a, b) | json }}
    - recurse: {{ salt['slsutil.merge'](a, b, strategy='recurse') | json }}
    - lists: {{ salt['slsutil.merge'](a, b, strategy='recurse', merge_lists=true) | json }}
    - aggregate: {{ salt['slsutil.merge'](a, b, strategy='aggregate') | json }}
    - overwrite: {{ salt['slsutil.merge'](a, b, strategy='overwrite') | json }}
    - list: {{ salt['slsutil.merge'](a, b, strategy='list') | json }}
    - all: {{ salt['slsutil.merge_all']([a, b, {'k': 'c'}]) | json }}
    - updated: {{ target | json }}
    - update_lists: {{ salt['slsutil.update']({'l': [1]}, {'l': [2]}, merge_lists=true) | json }}
    - serialize_yaml: {{ salt['slsutil.serialize']('yaml', a) | yaml_dquote }}
    - serialize_flow: {{ salt['slsutil.serialize']('yaml', a, default_flow_style=false, allow_unicode=true) | yaml_dquote }}
    - serialize_json: {{ salt['slsutil.serialize']('json', b) | yaml_squote }}
    - serialize_unicode: {{ salt['slsutil.serialize']('yaml', {'k': 'ü', 'm': 'a: b', 'n': none, 't': true, 'o': '0644', 'multi': 'a\nb\n'}, default_flow_style=False, allow_unicode=True) | yaml_dquote }}
    - deserialize: {{ salt['slsutil.deserialize']('json', '{"a": [1]}') | json }}
    - boolstr: {{ salt['slsutil.boolstr'](true, 'on', 'off') }}
    - defaults: {{ dtarget | json }}
    - defaults_copy: {{ salt['defaults.merge']({'a': 1}, {'b': 2}, in_place=false) | json }}
    - defaults_lists: {{ salt['defaults.merge']({'l': [1]}, {'l': [2]}, merge_lists=true) | json }}
    - none_kept: {{ salt['defaults.merge']({'a': 1, 'b': 2}, {'a': none}, convert_none=false) | json }}
    - deepcopy: {{ salt['defaults.deepcopy'](a) | json }}
    - unchanged: {{ a | json }}
