show:
  test.nop:
    - pillar: {{ pillar | json(sort_keys=True) }}
