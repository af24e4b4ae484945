part-b: test.nop
