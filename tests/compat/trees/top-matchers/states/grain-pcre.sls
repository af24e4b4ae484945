grain-pcre: test.nop
