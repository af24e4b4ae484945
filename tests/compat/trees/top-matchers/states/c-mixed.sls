c-mixed: test.nop
