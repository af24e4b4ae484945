dev:
  '*': [dev]
