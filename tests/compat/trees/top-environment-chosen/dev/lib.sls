lib-{{ saltenv }}: test.nop
