{% for x in [1, 2] %}
x-{{ x }}: test.nop
{% endif %}
