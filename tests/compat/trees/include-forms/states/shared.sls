shared: test.nop
