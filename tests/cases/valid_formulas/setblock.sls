{% set b %}
not: yaml: here
{% endset %}
foo:
  test.nop: []
