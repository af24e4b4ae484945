include:
  - a
b: test.nop
