x:
  test.nop:
    - require:
      - pkg: not-here
      - sls: not.included
      - nowhere
