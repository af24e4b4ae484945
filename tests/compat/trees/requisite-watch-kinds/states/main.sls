settings:
  file.managed:
    - name: /etc/app.conf
    - watch_in:
      - file: marker
      - service: app

marker:
  file.managed:
    - name: /var/lib/app/marker
    - require:
      - pkg: app

app:
  pkg.installed: []
  service.running:
    - watch:
      - pkg: app

owner:
  user.present:
    - name: app
    - watch:
      - file: settings

reload:
  cmd.run:
    - name: 'true'
    - watch:
      - file: settings
  module.wait:
    - name: test.ping
    - watch:
      - file: settings

schedule:
  cron.present:
    - name: /usr/bin/true
    - watch:
      - file: marker
      - user: owner
