include:
  - web
extend:
  nginx:
    service:
      - watch:
        - file: site-conf
    pkg:
      - version: '1.2'
  web-conf:
    file.managed:
      - mode: '0600'
      - source: salt://site/nginx.conf
      - require:
        - pkg: nginx
  /etc/named.conf:
    file:
      - user: bind
site-conf:
  file.managed:
    - name: /etc/site.conf
