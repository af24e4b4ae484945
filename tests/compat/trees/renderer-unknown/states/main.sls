#!jinja|nonsense
x: test.nop
