include:
  - a
  - b
  - c
exclude:
  - id: a1
  - sls: b
  - c1
kept: test.nop
