template:
  file.managed:
    - name: /etc/base
    - user: root
    - group: root
    - mode: '0600'
    - require:
      - pkg: tool
tool:
  pkg.installed: []
user:
  file.managed:
    - name: /etc/user
    - mode: '0644'
    - use:
      - file: template
giver:
  file.managed:
    - name: /etc/giver
    - makedirs: true
    - use_in:
      - file: taker
taker:
  file.managed:
    - name: /etc/taker
    - user: nobody
