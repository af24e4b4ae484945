extend:
{% for x in [] %}
  a{{ x }}:
    test:
      - watch: []
{% endfor %}
  foo:
    test:
      - nop
