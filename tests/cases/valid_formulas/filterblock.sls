{% filter indent(2) %}
foo:
  test.nop: []
{% endfilter %}
