{% set ntp = salt['pillar.get']('ntp', {}) -%}
{% set service = {
    'Arch': 'ntpd', 'Debian': 'ntp'}.get(grains.os, grains.os_family | lower ~ '-ntp') -%}
ntp:
  pkg:
    - installed
    - name: ntp
  service:
    - running
    - name: {{ service }}
    - enable: True
    - watch: [{file: ntp}, {pkg: ntp}]
  file:
    - managed
    - name: /etc/ntp.conf
    - contents: |
        {%- for s in ntp.servers %}
        server {{ s }}{{ ' iburst' if not loop.first }}
        {%- endfor %}
        {%- for key, lines in ntp.get('settings', {}).items() %}
        {{ key }} {{ lines[0] }}
        {%- endfor %}
