include:
  - .common
  - ..shared
  - app.lib
  - base: other
  - parts.*
web: test.nop
