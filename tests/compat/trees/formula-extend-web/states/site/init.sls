include:
  - httpd
  - httpd.tls
  - .vhosts
extend:
  httpd:
    service:
      - reload: true
      - watch:
        - file: site-vhost-*
      - require:
        - sls: site.vhosts
  httpd-cert:
    file:
      - source: salt://site/cert.pem
      - require_in:
        - service: httpd
