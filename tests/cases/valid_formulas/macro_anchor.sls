{{ defaults() }}
a:
  test.nop: *defaults
