foo:
  file.managed:
    - contents: {{ '|' }}
        a: b: c
        x: - [
