app-{{ saltenv }}: test.nop
