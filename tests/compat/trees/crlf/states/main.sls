{% set a = 1 %}
x:
  test.nop:
    - number: {{ a }}
    - text: |
        one
        two
y:
  test.nop: []
