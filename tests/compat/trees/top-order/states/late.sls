late: test.nop
