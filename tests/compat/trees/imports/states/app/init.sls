{%- from "./near.jinja" import near %}
{%- set tplroot = tpldir.split('/')[0] %}
{%- from tplroot ~ "/map.jinja" import app, version as v with context %}
{%- from "app/macros.jinja" import line, twice %}
{%- from 'app/macros.jinja' import sees_context with context %}
{%- import "app/macros.jinja" as macros %}
{%- import "app/macros.jinja" as macros_ctx with context %}
{%- from tplroot ~ '/lib/second.jinja' import chain with context %}
{%- set local = 'seen' %}
app-{{ app.name }}:
  test.nop:
    - version: {{ v }}
    - line: {{ line('a', 'b') }}
    - twice: {{ twice('x') }}
    - attr: {{ macros.line('c', 'd') }}
    - context: {{ sees_context() }}
    - context_attr: {{ macros_ctx.sees_context() }}
    - chain: {{ chain | yaml }}
    - constant: {{ macros.CONSTANT }}
    - near: {{ near }}
    - tpl: [{{ tpldir }}, {{ tplfile }}, {{ tplroot }}, {{ tpldot }}]
    - sls: [{{ sls }}, {{ slspath }}, {{ slsdotpath }}, {{ slscolonpath }}, {{ sls_path }}]
