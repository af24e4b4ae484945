#!jinja|yaml
one-{{ grains.os }}: test.nop
