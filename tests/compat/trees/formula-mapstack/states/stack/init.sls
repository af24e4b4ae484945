{%- set tplroot = tpldir.split('/')[0] %}
{%- from tplroot ~ '/map.jinja' import mapdata as stack with context %}
include:
  - ._mapdata
stack:
  pkg.installed:
    - name: {{ stack.pkg }}
  file.serialize:
    - name: /etc/stack.json
    - dataset: {{ stack | json }}
    - formatter: json
    - require:
      - pkg: stack
