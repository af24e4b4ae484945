{% set ns = namespace(found=false, count=0, items=[]) %}
{% set outer = 'unchanged' %}
{% for n in [1, 4, 9] %}
{%   set outer = n %}
{%   set ns.count = ns.count + 1 %}
{%   if n > 3 %}{% set ns.found = true %}{% endif %}
{%   do ns.items.append(n * 2) %}
{% endfor %}
result:
  test.nop:
    - count: {{ ns.count }}
    - found: {{ ns.found }}
    - all: {{ ns['items'] }}
    - outer: {{ outer }}
