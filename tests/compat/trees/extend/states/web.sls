nginx:
  pkg.installed: []
  service.running:
    - enable: true
    - watch:
      - file: web-conf
web-conf:
  file.managed:
    - name: /etc/nginx.conf
    - source: salt://web/nginx.conf
    - mode: '0644'
named:
  file.managed:
    - name: /etc/named.conf
    - user: root
