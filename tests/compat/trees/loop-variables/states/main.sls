{% for name in ['a', 'b', 'c', 'd'] %}
loop-{{ name }}:
  test.nop:
    - index: {{ loop.index }}
    - index0: {{ loop.index0 }}
    - rev: {{ loop.revindex }}
    - first: {{ loop.first }}
    - last: {{ loop.last }}
    - length: {{ loop.length }}
    - cycle: {{ loop.cycle('odd', 'even') }}
    - previous: {{ loop.previtem | default('none') }}
    - next: {{ loop.nextitem | default('none') }}
    - changed: {{ loop.changed(loop.index // 2) }}
{% endfor %}
{% for n in range(10) if n is odd %}
{% if n == 3 %}{% continue %}{% endif %}
{% if n > 7 %}{% break %}{% endif %}
odd-{{ n }}:
  test.nop: []
{% endfor %}
{% for key, value in {'x': 1, 'y': {'z': 2}}.items() recursive %}
deep-{{ key }}-{{ loop.depth }}:
  test.nop: []
{% if value is mapping %}{{ loop(value.items()) }}{% endif %}
{% endfor %}
