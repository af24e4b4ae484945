base:
  'db*': [x]
