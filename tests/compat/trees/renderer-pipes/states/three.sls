# not a renderer line
#!yaml
three-{{ grains.os }}: test.nop
