include: [base]
extend:
  svc:
    service:
      - enable: true
      - require:
        - file: one
one:
  file.managed:
    - name: /one
