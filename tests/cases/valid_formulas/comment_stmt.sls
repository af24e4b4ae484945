# {% if x %}
foo:
  test.nop: []
# {% endif %}
## {{ undefined_thing | default('') }}
