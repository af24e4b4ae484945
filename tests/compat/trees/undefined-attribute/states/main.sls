x:
  test.nop:
    - a: {{ pillar.web.port }}
