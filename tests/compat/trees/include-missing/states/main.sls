include:
  - not.there
x: test.nop
