grain-list: test.nop
