foo:
{% if a %}
  test.nop: []
{% else %}
  test.nop: []
{% endif %}
