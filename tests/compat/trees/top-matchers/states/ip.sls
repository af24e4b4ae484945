ip: test.nop
