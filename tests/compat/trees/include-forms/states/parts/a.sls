part-a: test.nop
