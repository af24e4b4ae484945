anchored:
  file.managed:
    - user: root
    - group: root
    - options: &options {a: 1, b: 2}
second:
  file.managed:
    - <<: *options
    - user: other
    - merged:
        <<: *options
        b: 3
        c: 4
    - many:
        <<: [{x: 1, y: 1}, {z: 2}]
third:
  file.managed:
    - again: *options
blocks:
  file.managed:
    - literal: |
        a
          b
    - stripped: |-
        a
        b
    - kept: |+
        a

    - folded: >
        a
        b

        c
    - folded_strip: >-
        a
        b
    - indented: |2
          two more
        two
    - single: 'it''s'
    - double: "tab\there\nline"
    - multi: one
        two
        three
    - nested: [[1, 2], [3, {a: [4]}]]
    - 8080: port
    - ? complex
      : value
    - 'quoted key': 1
