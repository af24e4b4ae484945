base:
  '*': [common]
dev:
  '*': [one]
qa:
  '*': [three]
