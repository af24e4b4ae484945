{{ tplroot }}-x:
  test.nop:
    - require:
      - sls: {{ sls_a }}
{%- if a and b %}
    - onlyif: test
{%- endif %}
