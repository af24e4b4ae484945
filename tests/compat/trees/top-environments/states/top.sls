base:
  '*':
    - common
dev:
  'web*':
    - app
  'db*':
    - never
