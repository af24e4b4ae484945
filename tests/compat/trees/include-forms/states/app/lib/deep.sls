include:
  - ...shared
deep: test.nop
