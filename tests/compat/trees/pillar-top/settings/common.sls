app:
  name: common
  list: [1, 2]
  deep: {a: 1, b: {c: 2}}
only_common: true
