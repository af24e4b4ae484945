foo:
  cmd.run:
    - name: "echo {{ a }}
        more {{ b }}"
