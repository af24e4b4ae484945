{% set fn = 'pillar' ~ '.get' %}
{% set getter = salt['grains.get'] %}
{% macro ask(function, key) %}{{ salt[function](key) }}{% endmacro %}
{% set conf = salt['config.get'] %}
x:
  test.nop:
    - literal: {{ salt['pillar.get']('web:port') }}
    - computed: {{ salt[fn]('web:port') }}
    - attribute: {{ salt.pillar.get('web:port') }}
    - mixed: {{ salt.grains.get('os') }}
    - variable: {{ getter('os_family') }}
    - macro: {{ ask('grains.get', 'datacenter:rack:row') }}
    - conf: {{ conf('web:port') }}
    - has: {{ 'pillar.get' in salt }}
    - has_not: {{ 'nope.nope' in salt }}
    - exact: {{ salt['pillar.get']('dotted.key') }}
    - named: {{ salt['pillar.get'](key='web:none', default='d') }}
    - positional: {{ salt['pillar.get']('web:none', 'd') }}
    - delimiter: {{ salt['pillar.get']('web|port', delimiter='|') }}
    - list_index: {{ salt['pillar.get']('web:hosts:1') }}
    - no_value: "{{ salt['pillar.get']('web:none') }}"
