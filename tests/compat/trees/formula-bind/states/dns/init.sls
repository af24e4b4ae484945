{%- import 'dns/macros.jinja' as m %}
{%- set zones = salt['pillar.get']('dns:available_zones', {}) %}
dns-acl:
  file.managed:
    - name: /etc/bind/acl
    - contents: |
        {%- for name, items in pillar.dns.configured_acls | dictsort %}
        acl {{ name }} { {{- m.acl(items) | indent(8) }}
        };
        {%- endfor %}
{%- for zone, conf in pillar.dns.configured_zones.items() %}
dns-zone-{{ zone }}:
  file.append:
    - name: /etc/bind/named.conf.local
    - text: |
        zone "{{ zone }}" {
          type {{ conf.type }};
          {%- for key in ('masters', 'also-notify') %}
          {%-   if conf[key] is defined %}
          {{ key }} { {{ conf[key] | join('; ') }}; };
          {%-   endif %}
          {%- endfor %}
          notify {{ 'yes' if conf.get('notify') else 'no' }};
        };
{%- if zone in zones %}
{%- set soa = zones[zone].soa %}
{%- set lines = [] %}
{%- for type, records in zones[zone].records.items() %}
{%-   for name, value in records.items() %}
{%-     for one in ([value] if value is string else value) %}
{%-       do lines.append('%-10s IN %-6s %s' | format(name, type, one)) %}
{%-     endfor %}
{%-   endfor %}
{%- endfor %}
dns-zonefile-{{ zone }}:
  file.managed:
    - name: /var/cache/bind/zones/{{ zone }}
    - contents: |
        $TTL {{ soa.ttl }}
        @ IN SOA {{ soa.ns }}. {{ soa.contact | replace('@', '.') }}. ( {{ soa.serial }} {{ soa.refresh | d('12h') }} )
        {{ lines | join('\n') | indent(8) }}
    - user: bind
    - require_in:
      - file: dns-zone-{{ zone }}
    - lines: {{ lines | length }}
{%- endif %}
{%- endfor %}
