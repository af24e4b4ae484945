nobody: test.nop
