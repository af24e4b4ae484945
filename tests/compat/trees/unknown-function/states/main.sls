x:
  test.nop:
    - a: {{ salt['grains.gett']('os') }}
