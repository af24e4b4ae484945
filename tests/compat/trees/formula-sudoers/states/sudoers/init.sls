{% from "sudoers/map.jinja" import sudoers, section with context %}
sudo:
  pkg.installed:
    - name: {{ sudoers.pkg }}

{{ sudoers['configpath'] }}/sudoers:
  file.managed:
    - user: root
    - group: {{ sudoers['group'] }}
    - mode: 440
    - template: jinja
    - source: salt://sudoers/files/sudoers
    - check_cmd: visudo -c -f
    - context:
        included: False
    - contents: |
        {{ section(pillar.sudoers) | trim | indent(8) }}
        {%- filter indent(8) %}
        {%- if pillar.sudoers.includedir is defined %}
@includedir {{ pillar.sudoers.includedir }}
        {%- endif %}
        {%- endfilter %}
    - require:
      - pkg: sudo
