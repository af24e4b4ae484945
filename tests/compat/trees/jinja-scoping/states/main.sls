{% set visible = 'yes' %}
{% import 'lib.jinja' as one %}
{% import 'lib.jinja' as two with context %}
{% set a = 1 %}
{% if true %}{% set a = 2 %}{% endif %}
{% for x in [1] %}{% set a = 3 %}{% endfor %}
{% macro m() %}{% set a = 4 %}{{ a }}{% endmacro %}
{% set list = [] %}
{% for i in range(3) %}{% set _ = list.append(i) %}{% endfor %}
{% set d = {} %}
{% for k in 'ab' %}{% do d.update({k: loop.index}) %}{% endfor %}
x:
  test.nop:
    - a: {{ a }}
    - m: {{ m() }}
    - again: {{ a }}
    - list: {{ list }}
    - d: {{ d }}
    - ticks: [{{ one.tick() }}, {{ one.tick() }}, {{ two.tick() }}]
    - without: {{ one.outer_sees() }}
    - with: {{ two.outer_sees() }}
    - chained: {{ 1 < 2 < 3 }}
