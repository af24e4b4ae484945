{% if a %}
foo:
  test.nop: []
{% else %}
foo:
  test.succeed_without_changes: []
{% endif %}
