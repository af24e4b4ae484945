same:
  file.managed:
    - name: /x
