#!jinja | yaml
two-{{ grains.os }}: test.nop
