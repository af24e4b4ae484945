httpd:
  pkg.installed: []
  service.running:
    - enable: true
    - watch:
      - pkg: httpd
