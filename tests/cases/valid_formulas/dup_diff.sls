{% if a %}
foo:
  test.nop: []
{% endif %}
{% if not a %}
foo:
  test.nop: []
{% endif %}
