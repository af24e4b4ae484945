foo:
  file.managed:
    - context: {{ {'a': 1} | yaml }}
    - defaults:
        {{ {'a': 1} | yaml(False) | indent(8) }}
        extra: 1
