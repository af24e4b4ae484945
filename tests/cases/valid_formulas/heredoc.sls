a:
  file.managed:
    - contents: |
        {%- for x in y %}
        {{ x }}: {{ z }}
    {%- endfor %}
        [foo
