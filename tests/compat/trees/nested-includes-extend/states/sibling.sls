include: [bottom]
sibling-one: test.nop
sibling-two:
  test.nop:
    - require: [{file: base-conf}]
