{%- macro service(name, packages=[], config={}, enable=True, requires=None) %}
{{ name }}-packages:
  pkg.installed:
    - pkgs: {{ packages or [name] }}
{%- for path, options in config | dictsort %}
{{ name }}-{{ path | regex_replace('[^a-zA-Z0-9]+', '-') | trim('-') }}:
  file.managed:
    - name: {{ path }}
    {%- for key, value in ({'user': 'root', 'mode': '0644'}, options) | map('items') | map('list') | sum(start=[]) %}
    - {{ key }}_: {{ value }}
    {%- endfor %}
    - watch_in: [{service: {{ name }}}]
{%- endfor %}
{{ name }}:
  service.running:
    - enable: {{ enable }}
    - require:
      - pkg: {{ name }}-packages
      {%- for r in requires or [] %}
      - {{ r | json }}
      {%- endfor %}
    {%- if caller is defined %}
    {{- caller(name) | indent(4) }}
    {%- endif %}
{%- endmacro %}
