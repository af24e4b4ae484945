{% if true %}
include: []
{% else %}
include:
  - not.there
{% endif %}
foo:
  test.nop: []
