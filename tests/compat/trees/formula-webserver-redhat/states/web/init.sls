{% from "web/map.jinja" import web with context %}
web-service:
  pkg.installed:
    - pkgs:
      {%- for p in web.pkgs | sort(reverse=true) %}
      - {{ p }}
      {%- endfor %}
  service.running:
    - name: {{ web.service }}
    - require:
      - pkg: web-service
