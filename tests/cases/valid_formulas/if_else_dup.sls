foo:
  test.nop: []
{% if true %}
{% else %}
foo:
  test.nop: []
{% endif %}
