x:
	test.nop: []
