extend:
  nobody:
    service:
      - enable: true
x: test.nop
