include: [httpd]
httpd-cert:
  file.managed:
    - name: /etc/httpd/cert.pem
    - require:
      - pkg: httpd
