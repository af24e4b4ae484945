{% if true %}
x: &a
  test.nop: []
{% endif %}
y: *a
