{%- set fw = pillar.get('fw', {}) %}
{%- set loglevel = fw.get('settings', {}).get('loglevel', 'low') %}
{%- macro from_protocol(protocol, svc) %}
    {%- if protocol != None %}
    - protocol: {{ protocol }}
    {%- endif %}
    {%- if svc.comment is defined %}
    - comment: '"{{ svc.comment }}"'
    {%- endif %}
    - listen_in:
      - cmd: reload-fw
{%- endmacro %}
fw-loglevel:
  cmd.run:
    - name: ufw logging {{ loglevel }}
    - unless: "grep 'LOGLEVEL={{ loglevel }}' /etc/ufw/ufw.conf"
{%- for name, svc in fw.get('services', {}).items() %}
{%-   for addr in svc.get('from_addr', [None]) %}
fw-svc-{{ name }}{{ '-' ~ addr if addr else '' }}:
  ufw.allow:
    {%- if addr is not none %}
    - from_addr: {{ addr }}
    {%- endif %}
    - to_port: {{ name | string | yaml_dquote }}
    {{- from_protocol(svc.get('protocol'), svc) }}
{%-   endfor %}
{%- endfor %}
{%- for name, app in fw.applications.items() %}
{%-   for addr in app.get('from_addr', [None]) %}
{%-     set action = 'limit' if app.get('limit', False) else 'allow' %}
fw-app-{{ action }}-{{ name }}-{{ loop.index }}:
  ufw.{{ action }}:
    - app: '"{{ name }}"'
    {{- from_protocol(None, app) }}
{%-   endfor %}
{%- endfor %}
reload-fw:
  cmd.wait:
    - name: ufw reload
