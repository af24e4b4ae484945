base:
  '*': [common]
dev:
  '*': [app, lib]
