foo:
  test.nop:
{% if x %}
    - require:
{% else %}
    - watch:
{% endif %}
      - test: bar
bar:
  test.nop: []
