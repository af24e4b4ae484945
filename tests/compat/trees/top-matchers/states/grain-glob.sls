grain-glob: test.nop
