common: test.nop
