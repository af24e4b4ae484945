#!jinja|json
{
  "z": {"test.nop": [{"os": {{ grains.os | json }}}]}
  {% for n in [1, 2] %}, "z{{ n }}": {"test.nop": []}{% endfor %}
}
