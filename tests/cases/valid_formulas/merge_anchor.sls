{% if true %}
__d: &d
  - name: x
{% else %}
__d: &d
  - name: y
{% endif %}
y:
  test.nop: *d
