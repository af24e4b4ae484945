include: [a, b]
exclude:
  - sls: b
  - id: gone
extend:
  kept:
    file:
      - mode: '0600'
