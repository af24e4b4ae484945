#!yaml
x:
  test.nop:
    - text: '{{ grains.os }} {% if %}'
