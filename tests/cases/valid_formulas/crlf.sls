foo:
  test.nop: []
{% if x %}
{% endif %}
