include:
  - .deep
  - ..common
lib: test.nop
