{% set list = ['b'] %}
{% do list.append('c') %}
{% do list.extend(['d', 'e']) %}
{% do list.insert(0, 'a') %}
{% set popped = list.pop() %}
{% set d = {'one': 1} %}
{% do d.update({'two': 2, 'three': 3}) %}
{% do d.setdefault('four', 4) %}
{% do d.setdefault('one', 9) %}
{% set gone = d.pop('two') %}
{% set missing = d.pop('nope', 'dflt') %}
{% set copied = d.copy() %}
{% do copied.update(one='uno') %}
{% set lastitem = copied.popitem() %}
methods:
  test.nop:
    - list: {{ list }}
    - popped: {{ popped }}
    - dict: {{ d }}
    - gone: {{ [gone, missing] }}
    - copied: {{ copied }}
    - lastitem: {{ lastitem | list }}
    - keys: {{ d.keys() | list }}
    - values: {{ d.values() | list }}
    - split: {{ 'a,b,,c'.split(',') }}
    - split_max: {{ 'a b  c'.split(None, 1) }}
    - rsplit: {{ 'a.b.c'.rsplit('.', 1) }}
    - partition: {{ 'k=v=w'.partition('=') | list }}
    - rpartition: {{ 'k=v=w'.rpartition('=') | list }}
    - strip: {{ ['  x '.strip(), 'xxaxx'.lstrip('x'), 'xxaxx'.rstrip('x')] }}
    - splitlines: {{ 'a\nb'.splitlines() }}
    - starts: {{ [ 'abc'.startswith('a'), 'abc'.endswith(('b', 'c')) ] }}
    - lower: {{ ['ABC'.lower(), 'abc'.upper(), 'a b'.title(), 'aBc'.swapcase(), 'abc'.capitalize()] }}
    - replace: {{ 'a-b-c'.replace('-', '_', 1) }}
    - format: {{ '{0}-{name:>4}-{1:03d}'.format('a', 7, name='z') }}
    - format_attr: {{ '{a[b]}'.format(a={'b': 'c'}) }}
    - percent: {{ '%s/%s' % ('a', 'b') }}
    - join: {{ '-'.join(['a', 'b']) }}
    - find: {{ ['abc'.find('c'), 'abc'.count('b'), 'abc'.index('b')] }}
    - isdigit: {{ ['12'.isdigit(), 'a1'.isalnum(), 'a'.isalpha()] }}
    - zfill: "{{ '7'.zfill(3) }}"
    - just: "{{ 'a'.ljust(3, '.') ~ 'b'.rjust(3, '.') ~ 'c'.center(3, '.') }}"
    - slices: {{ [list[0], list[-1], list[1:3], list[::-1], 'hello'[1:-1]] }}
    - index: {{ [list.index('c'), list.count('a')] }}
    - sorted: {{ [3, 1, 2] | sort }}
    - get: {{ [d.get('one'), d.get('x'), d.get('x', 5)] }}
    - contains: {{ ['one' in d, 'x' not in d, 'b' in 'abc'] }}
    - math: {{ [7 // 2, 7 / 2, 7 % 3, 2 ** 5, -7 // 2, 1 + 2 * 3] }}
    - compare: {{ [1 < 2, 'a' <= 'b', 1 == 1.0, not true, true and false, none or 'x'] }}
    - list_math: {{ [1] + [2, 3] * 2 }}
    - tuple: {{ (1, 2) | list }}
    - encode: {{ 'abc'.encode('utf-8') | length }}
    - range: {{ range(2, 10, 3) | list }}
    - dict_call: {{ dict(a=1, **{'b': 2}) }}
    - joiner: {% set comma = joiner('; ') %}{% for x in ['a', 'b'] %}{{ comma() }}{{ x }}{% endfor %}

    - cycler: {% set c = cycler('odd', 'even') %}{{ c.next() }} {{ c.next() }} {{ c.current }}
