svc:
  service.running:
    - name: app
    - require:
      - pkg: app
app:
  pkg.installed: []
