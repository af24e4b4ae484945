written-first: test.nop
last-one:
  test.nop:
    - order: last
minus-two:
  test.nop:
    - order: -2
number-two:
  test.nop:
    - order: 2
first-one:
  test.nop:
    - order: first
number-one:
  test.nop:
    - order: 1
in-between: test.nop
minus-one:
  test.nop:
    - order: -1
big:
  test.nop:
    - order: 20000
written-last: test.nop
