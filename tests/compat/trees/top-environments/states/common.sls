common:
  test.nop:
    - env: {{ saltenv }}
