include:
  - base_values
  - users:
      defaults:
        who: admin
        shell: zsh
  - .nested.part
  - keyed:
      key: put:here
name: main
override: main
