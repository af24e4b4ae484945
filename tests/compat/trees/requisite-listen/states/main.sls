conf:
  file.managed:
    - name: /etc/app.conf
svc:
  service.running:
    - name: app
    - listen:
      - file: conf
second:
  file.managed:
    - name: /etc/app2.conf
    - listen_in:
      - service: svc
