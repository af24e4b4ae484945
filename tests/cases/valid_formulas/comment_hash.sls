foo:
  test.nop: {# x #}
    - name: {{ '#' }} a: b
