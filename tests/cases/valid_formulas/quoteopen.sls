foo:
  cmd.run:
    - name: {{ '"' }}a: b: c"
