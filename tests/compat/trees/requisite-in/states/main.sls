target:
  service.running: []
other-target:
  cmd.run:
    - name: echo
a:
  file.managed:
    - name: /a
    - require_in:
      - service: target
b:
  file.managed:
    - name: /b
    - watch_in:
      - service: target
      - cmd: other-target
c:
  file.managed:
    - name: /c
    - onchanges_in:
      - cmd: other-target
d:
  cmd.run:
    - name: d
    - onfail_in:
      - cmd: other-target
e:
  file.managed:
    - name: /e
    - listen_in:
      - service: target
f:
  test.nop:
    - require_in:
      - target
g:
  test.nop:
    - require_in:
        service: target
h:
  test.nop:
    - require_in: target
