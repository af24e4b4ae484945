app:
  name: demo
  opts: {a: 1, deep: {x: 1, list: [1]}}
  nothing: null
  'off': false
  zero: 0
  empty: {}
hosts:
  - {name: a, port: 1}
  - {name: b}
