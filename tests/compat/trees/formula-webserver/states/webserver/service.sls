{%- set tplroot = tpldir.split('/')[0] %}
{%- set sls_config_file = tplroot ~ '.config.file' %}
{%- from tplroot ~ "/map.jinja" import webserver with context %}
include:
  - {{ sls_config_file }}

webserver-service-running:
  service.running:
    - name: {{ webserver.service.name }}
    - enable: {{ webserver.service.enable }}
    - watch:
      - sls: {{ sls_config_file }}
