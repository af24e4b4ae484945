base:
  '*':
    - common.users
