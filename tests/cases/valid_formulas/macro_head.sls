a:
  test.nop: []
{{ header('x') }}
    - name: y
    - user: z
