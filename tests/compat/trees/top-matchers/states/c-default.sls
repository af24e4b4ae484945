c-default: test.nop
