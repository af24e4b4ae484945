cidr: test.nop
