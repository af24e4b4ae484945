base:
  '*': [common]
dev:
  '*': [one]
