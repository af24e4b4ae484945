kept:
  file.managed:
    - name: /kept
gone: test.nop
