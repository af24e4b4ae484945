{%- set tplroot = tpldir.split('/')[0] %}
{%- from tplroot ~ "/map.jinja" import app with context %}
{%- from tplroot ~ '/lib/second.jinja' import chain with context %}
inner-{{ app.name }}:
  test.nop:
    - chain: {{ chain | yaml }}
    - tpl: [{{ tpldir }}, {{ tplfile }}, {{ tplroot }}, {{ tpldot }}]
    - sls: [{{ sls }}, {{ slspath }}, {{ slsdotpath }}, {{ slscolonpath }}, {{ sls_path }}]
