x:
  file.managed:
    - name: /a
  file.absent:
    - name: /b
