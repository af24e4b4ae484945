{% include 'nothing.jinja' %}
x: test.nop
