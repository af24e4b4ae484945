x:
  test.nop: []
y:
  test.nop: []
x:
  test.succeed_without_changes: []
