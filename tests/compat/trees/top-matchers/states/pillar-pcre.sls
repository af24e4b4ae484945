pillar-pcre: test.nop
