lib-of-{{ saltenv }}: test.nop
