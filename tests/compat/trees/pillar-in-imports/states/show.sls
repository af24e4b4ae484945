show:
  test.nop:
    - pillar: {{ pillar.app | json(sort_keys=True) }}
