foo:
  file.serialize:
    - dataset:
        {{ {'a': 1} | yaml(False) | indent(8) }}
    - formatter: yaml
