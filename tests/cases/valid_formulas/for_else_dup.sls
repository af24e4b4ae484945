foo:
  test.nop: []
{% for x in [1] %}
{% else %}
foo:
  test.nop: []
{% endfor %}
