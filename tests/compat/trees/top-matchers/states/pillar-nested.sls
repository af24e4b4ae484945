pillar-nested: test.nop
