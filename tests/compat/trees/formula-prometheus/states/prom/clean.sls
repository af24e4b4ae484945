{%- set tplroot = tpldir.split('/')[0] %}
{%- from tplroot ~ "/map.jinja" import p with context %}
{%- for name in p.pkg.component.keys() | list | reverse %}
prom-clean-{{ name }}:
  file.absent:
    - names:
      - {{ p.dir.etc }}/{{ name }}.yml
      - /usr/local/bin/{{ name }}
{%- endfor %}
