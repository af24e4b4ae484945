more: test.nop
