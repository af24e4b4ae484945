grain-nested: test.nop
