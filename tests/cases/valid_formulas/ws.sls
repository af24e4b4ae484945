{%- set x = 1 -%}
foo:
  test.nop:
    {%- if x %}
    - name: a
    {%- endif %}
