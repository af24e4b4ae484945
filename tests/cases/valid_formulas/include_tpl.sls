{% include 'a.jinja' %}
y:
  test.nop: []
