{%- from 'systemd/macros.jinja' import render %}
{%- set hidden = salt['config.get']('systemd') %}
shadow:
  test.show_notification:
    - text: {{ hidden.get('hidden', 'the grain wins') }}
{%- for kind, units in salt['pillar.get']('units', {}).items() %}
{%- for name, unit in units.items() %}
{%- set file = name ~ '.' ~ kind %}
{%- if unit.get('status') == 'absent' %}
/etc/systemd/system/{{ file }}:
  file.absent:
    - onchanges_in: [{module: systemd-reload}]
{%- continue %}
{%- endif %}
/etc/systemd/system/{{ file }}:
  file.managed:
    - contents: {{ render(unit) | yaml_dquote }}
    - onchanges_in:
      - module: systemd-reload
{{ file }}:
  service.{{ {'start': 'running', 'stop': 'dead'}[unit.status] }}:
    - enable: {{ unit.status == 'start' }}
    - watch:
      - file: /etc/systemd/system/{{ file }}
    - require:
      - module: systemd-reload
{%- endfor %}
{%- endfor %}
systemd-reload:
  module.wait:
    - name: service.systemctl_reload
