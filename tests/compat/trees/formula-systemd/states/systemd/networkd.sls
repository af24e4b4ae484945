{%- from 'systemd/macros.jinja' import render %}
include: [systemd.units]
{%- for kind, profiles in pillar['networkd'].items() %}
{%- for profile, config in profiles | dictsort %}
networkd-{{ profile }}:
  file.managed:
    - name: /etc/systemd/network/{{ profile }}.{{ kind }}
    - contents: |
        {{ render(config) | indent(8) }}
    - listen_in:
      - service: networkd
{%- endfor %}
{%- endfor %}
networkd:
  service.running:
    - name: systemd-networkd
