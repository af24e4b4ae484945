nodegroup-nested: test.nop
