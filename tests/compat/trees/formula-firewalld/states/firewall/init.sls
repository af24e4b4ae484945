{% from "firewall/map.jinja" import firewall with context %}
{% if firewall.enabled %}
include:
  - firewall.config
  - .zones
{% for part in ['services', 'ipsets'] if part in firewall %}
  - .{{ part }}
{% endfor %}
package_firewalld:
  pkg.installed:
    - pkgs:
      - {{ firewall.package }}
      {% if firewall.backend.manage %}
      - {{ firewall.backend.pkg }}
      {% endif %}
service_firewalld:
  service.running:
    - name: {{ firewall.service }}
    - enable: True
    - require:
      - pkg: package_firewalld
      - sls: firewall.config
command_firewalld_reload:
  cmd.run:
    - name: 'firewall-cmd --reload'
    - onchanges_any:
      - file: directory_firewalld_zones
    - onchanges:
      - service: service_firewalld
{% else %}
service_firewalld:
  service.dead: [{enable: False}]
{% endif %}
