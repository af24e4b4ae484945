many:
  file.managed:
    - names: [/a, /b]
  cmd.run:
    - name: echo
    - require: [{file: many}]
after:
  test.nop:
    - require_in:
      - file: many
      - cmd: echo
    - watch_in: [{cmd: many}]
globbed:
  test.nop:
    - require:
      - file: /[ab]
      - test: aft*
    - order: last
early:
  test.nop:
    - order: first
    - onchanges_in: [{test: globbed}]
prereq-any:
  test.nop:
    - onfail: [{cmd: many}]
    - onchanges_any: [{file: many}]
    - prereq_any: [{cmd: many}]
bare-in:
  test.nop:
    - listen_in: [many, after]
    - require: [{id: early}]
