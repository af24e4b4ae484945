{% from "firewall/map.jinja" import firewall with context %}
{%- for name, svc in firewall.services.items() %}
/etc/firewalld/services/{{ svc.get('name', name) }}.xml:
  file.managed:
    - context:
        name: {{ name }}
        service: {{ svc | yaml }}
        tcp: {{ svc.ports.tcp | map('string') | map('regex_replace', '^', 'p') | list | yaml }}
    - watch_in: [{cmd: command_firewalld_reload}]
{%- endfor %}
