one:
  cmd.run:
    - name: one
two:
  cmd.run:
    - name: two
req:
  cmd.run:
    - name: req
    - require_any:
      - cmd: one
      - cmd: two
wat:
  cmd.run:
    - name: wat
    - watch_any:
      - cmd: one
      - cmd: two
onc:
  cmd.run:
    - name: onc
    - onchanges_any:
      - cmd: one
      - cmd: two
onf:
  cmd.run:
    - name: onf
    - onfail_any:
      - cmd: one
      - cmd: two
onfall:
  cmd.run:
    - name: onfall
    - onfail_all:
      - cmd: one
      - cmd: two
