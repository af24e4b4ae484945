base:
  '*': [x, not.there]
