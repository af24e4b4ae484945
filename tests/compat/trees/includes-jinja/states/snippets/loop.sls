loop-{{ n }}: test.nop
