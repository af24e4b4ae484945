d-part: test.nop
