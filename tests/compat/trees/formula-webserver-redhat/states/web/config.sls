{% from "web/map.jinja" import web with context %}
{% from "web/tofs.jinja" import sources with context %}
include:
  - web
web-config:
  file.managed:
    - name: {{ web.conf }}/main.conf
    - source:
      {{ sources('main.conf', 'web-config') | indent(6) }}
    - listen_in:
      - service: web-service
