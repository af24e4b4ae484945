stop:
  cmd.run:
    - name: stop it
    - prereq:
      - file: deploy
deploy:
  file.managed:
    - name: /srv/app
announce:
  cmd.run:
    - name: announce
late:
  file.managed:
    - name: /srv/late
    - prereq_in:
      - cmd: announce
