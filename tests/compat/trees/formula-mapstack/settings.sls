map_jinja:
  sources:
    - 'Y:G@os_family'
    - 'Y:G@osfinger'
    - 'Y:I@stack:role'
    - 'Y:C@roles'
    - 'C:SUB@stack:lookup'
    - 'C@stack'
stack:
  role: front
  lookup: {port: 9999}
  limits: {nofile: 4096}
  merge_lists: true
