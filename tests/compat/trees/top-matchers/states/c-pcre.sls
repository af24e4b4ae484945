c-pcre: test.nop
