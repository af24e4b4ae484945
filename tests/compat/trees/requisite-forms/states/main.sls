package:
  pkg.installed:
    - name: nginx
config:
  file.managed:
    - name: /etc/nginx/nginx.conf
service:
  service.running:
    - name: nginx
    - require:
      - pkg: package
      - pkg: nginx
      - config
      - file: /etc/nginx/nginx.conf
      - file: /etc/nginx/*
      - sls: other
    - watch:
      - file: config
    - onchanges:
      - file: config
    - onfail:
      - pkg: package
scalar-list:
  cmd.run:
    - name: 'true'
    - require: [service]
full-name:
  cmd.run:
    - name: 'echo'
    - require:
      - service: nginx
