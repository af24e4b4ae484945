x:
  file.managed:
    - context:
        a: 1
        a: 2
