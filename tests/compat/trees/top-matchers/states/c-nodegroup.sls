c-nodegroup: test.nop
