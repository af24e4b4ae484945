base:
  '*':
    - common
  'web*':
    - web
  'G@roles:cache':
    - match: compound
    - cache
  'db*':
    - never
