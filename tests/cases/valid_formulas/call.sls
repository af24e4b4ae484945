{% macro w() %}{{ caller() }}{% endmacro %}
{% call w() %}
foo:
  test.nop: []
{% endcall %}
