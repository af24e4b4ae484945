web-one: test.nop
web-two: test.nop
