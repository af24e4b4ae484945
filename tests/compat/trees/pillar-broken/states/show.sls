show: test.nop
