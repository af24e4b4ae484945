adder:
  test.nop:
    - require_in:
      - file: kept
