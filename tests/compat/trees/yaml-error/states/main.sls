x:
  test.nop:
    - a: [1, 2
  y: {
