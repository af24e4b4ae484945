{%- set timezone = salt['pillar.get']('timezone:name', 'UTC') %}
{%- set utc = salt['pillar.get']('timezone:utc', True) %}
{%- set pkg = {'Debian': 'tzdata', 'Suse': 'timezone'}.get(grains.os_family) %}
tz:
  timezone.system:
    - name: {{ timezone }}
    - utc: {{ utc }}
{%- if pkg %}
  pkg.installed:
    - name: {{ pkg }}
{%- endif %}
