plain:
  file.directory:
    - names:
      - /srv/a
      - /srv/b
      - /srv/a
    - mode: '0755'
overrides:
  file.managed:
    - user: root
    - names:
      - /etc/one:
        - source: salt://one
      - /etc/two:
        - source: salt://two
        - user: other
      - /etc/three
    - makedirs: true
in-a-function-form:
  pkg:
    - installed
    - names: [vim, tmux]
with-name:
  test.nop:
    - name: ignored
    - names: [x, y]
required:
  test.nop:
    - require:
      - file: overrides
      - file: /srv/a
