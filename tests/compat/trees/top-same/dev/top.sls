base:
  '*': [more]
dev:
  '*': [two]
