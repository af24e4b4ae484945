{%- from 'sudoers/map.jinja' import sudoers, section with context %}
include:
  - sudoers
{% set included_files = pillar.get('sudoers', {}).get('included_files', {}) %}
{% for included_file,spec in included_files.items() -%}
{% if '/' in included_file %}
{{ included_file }}:
{% else %}
{{ sudoers.configpath }}/sudoers.d/{{ included_file }}:
{% endif %}
  file.managed:
    - mode: 440
    - contents: {{ section(spec) | trim | yaml_encode }}
    - check_cmd: {{ sudoers.get('execprefix', '/usr/sbin') }}/visudo -c -f
    - require:
      - file: {{ sudoers.configpath }}/sudoers
{% endfor %}
