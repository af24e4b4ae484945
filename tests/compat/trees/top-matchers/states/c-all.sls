c-all: test.nop
