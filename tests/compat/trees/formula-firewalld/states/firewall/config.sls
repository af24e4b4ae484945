{% from "firewall/map.jinja" import firewall with context %}
directory_firewalld:
  file.directory:
    - name: /etc/firewalld
    - user: root
    - mode: 750
    - require: [{pkg: package_firewalld}]
config_firewalld:
  file.managed:
    - name: {{ firewall.config }}
    - contents:
      - DefaultZone={{ firewall.default_zone }}
      - IndividualCalls={{ firewall.get('IndividualCalls', 'no') }}
      - LogDenied={{ firewall.LogDenied | default('off') }}
    - listen_in: [{service: service_firewalld}]
    - require: [{file: directory_firewalld}]
