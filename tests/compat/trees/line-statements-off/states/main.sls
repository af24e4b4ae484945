# a YAML comment {{ 'with an expression' }}
## for x in y
plain:
  test.nop:
    - percent: |
        % for x in y
        ## comment
        # comment
    - jinja_like: '{ % if % }'
