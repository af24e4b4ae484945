base-conf:
  file.managed:
    - name: /etc/base.conf
    - mode: '0640'
base-svc:
  service.running: [{name: base}]
