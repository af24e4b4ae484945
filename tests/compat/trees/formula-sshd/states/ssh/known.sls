{%- from "ssh/map.jinja" import openssh with context %}
name lookups work:
  pkg.installed:
    - name: {{ openssh.dig_pkg }}
    - require_in:
      - file: hosts everybody knows
hosts everybody knows:
  file.managed:
    - name: /etc/ssh/ssh_known_hosts
    - template: jinja
    - context:
        known_hosts: {{ openssh | traverse('known_hosts', {}) | json }}
        names: {{ openssh.known_hosts.static.keys() | map('regex_replace', ',.*', '') | list | json }}
    - user: root
    - mode: 644
