include:
  - lib
  - base: shared
app:
  test.nop:
    - env: {{ saltenv }}
    - require:
      - test: shared
