include: [middle]
extend:
  base-conf:
    file.managed:
      - context: {port: 1}
      - names: [/etc/a.conf, /etc/b.conf]
exclude: [{id: sibling-two}]
