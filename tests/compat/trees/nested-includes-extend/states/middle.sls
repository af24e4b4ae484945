include: [bottom]
extend:
  base-conf:
    file.managed:
      - template: jinja
      - watch_in: [{service: base-svc}]
middle: test.nop
