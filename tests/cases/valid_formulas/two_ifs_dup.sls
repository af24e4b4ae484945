{% if a %}
foo: {test.nop: []}
{% endif %}
{% if b %}
foo: {test.nop: []}
{% endif %}
z:
  test.nop: []
