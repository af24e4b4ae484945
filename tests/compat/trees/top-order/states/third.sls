third: test.nop
