{% for k, v in {'a': 1}.items() %}
{{ k }}:
  test.nop:
    {% for n in [1] %}
    - n{{ n }}: {{ v }}
    {% endfor %}
{% endfor %}
