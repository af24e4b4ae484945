d1: test.nop
include:
  - a
  - .part
