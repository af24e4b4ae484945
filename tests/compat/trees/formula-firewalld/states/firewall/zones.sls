{% from "firewall/map.jinja" import firewall with context %}
directory_firewalld_zones:
  file.directory:
    - name: /etc/firewalld/zones
{%- for name, zone in firewall.get('zones', {}).items() %}
{%- set zone = zone if zone is mapping else {} %}
{%- set z_name = zone.name | d(name) %}
/etc/firewalld/zones/{{ z_name }}.xml:
  file.managed:
    - contents: |
        <zone{{ ' target="%s"' % zone.target if zone.target is defined else '' }}>
        {%- for service in zone.get('services', []) %}
          <service name="{{ service | e }}"/>
        {%- else %}
          <!-- none & nothing -->
        {%- endfor %}
        {%- for p in zone.ports | default([]) %}
          <port {{ {'port': p.port, 'protocol': p.protocol} | xmlattr }}/>
        {%- endfor %}
        {%- for rule, data in zone.rich_rules | d({}) | dictsort %}
          <rule>{% for kind in data.keys() | sort if data[kind] is sequence and data[kind] is not string %}{{ kind }}={{ data[kind] | join('+') }};{% endfor %}</rule>
        {%- endfor %}
        </zone>
    - require:
      - file: directory_firewalld_zones
    - watch_in:
      - cmd: command_firewalld_reload
{%- endfor %}
