a:
  test.nop: []
{% include 'head.jinja' %}
    - name: y
    - user: z
