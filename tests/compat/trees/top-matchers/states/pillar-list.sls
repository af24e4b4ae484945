pillar-list: test.nop
