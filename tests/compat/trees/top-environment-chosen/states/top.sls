base:
  '*': [common]
dev:
  '*': [app]
