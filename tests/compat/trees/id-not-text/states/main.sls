42:
  test.nop: []
