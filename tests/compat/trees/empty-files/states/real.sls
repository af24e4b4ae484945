include:
  - empty
real: test.nop
