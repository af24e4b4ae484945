nodegroup: test.nop
