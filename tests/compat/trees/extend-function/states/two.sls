include: [base]
extend:
  svc:
    service:
      - enable: false
      - require:
        - file: two
two:
  file.managed:
    - name: /two
    - require_in:
      - service: svc
