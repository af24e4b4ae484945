base:
  '*': [common]
