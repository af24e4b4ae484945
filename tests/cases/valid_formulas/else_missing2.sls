include:
{% if true %}
  - other
{% else %}
  - not.there
{% endif %}
foo:
  test.nop: []
