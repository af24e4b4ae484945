a: test.nop
b: test.nop
x:
  test.nop:
    - require: [{test: a}]
    - require: [{test: b}]
    - note: 1
    - note: 2
