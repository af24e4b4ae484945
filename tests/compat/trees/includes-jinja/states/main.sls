{% set who = 'outer' %}
{% include 'snippets/one.jinja' %}
{% include 'snippets/one.jinja' without context %}
{% include 'snippets/missing.jinja' ignore missing %}
{% include ['snippets/missing.jinja', 'snippets/two.jinja'] %}
{% include ['nope.jinja', 'nada.jinja'] ignore missing with context %}
{% for n in [1, 2] %}
{% include 'snippets/loop.sls' %}
{% endfor %}
{% set captured %}{% include 'snippets/text.txt' %}{% endset %}
captured:
  test.nop:
    - text: {{ captured | yaml_dquote }}
    - yaml: {{ (captured | load_yaml).key }}
