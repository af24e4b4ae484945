x:
  test.nop:
    - a: {{ nothing_of_that_name }}
