include:
  - .common
  - app.lib.deep
app-init: test.nop
