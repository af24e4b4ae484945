{% set checks = {
  'defined': grains is defined, 'mapping': grains is mapping, 'not_mapping': [] is mapping,
  'string': 'a' is string, 'number': 1.5 is number, 'float': 1.5 is float, 'integer': 1 is integer,
  'bool_number': true is number, 'boolean': true is boolean, 'true': true is true, 'false': 0 is false,
  'none': none is none, 'iterable': {} is iterable, 'string_iterable': 'a' is iterable,
  'sequence': [] is sequence, 'dict_sequence': {} is sequence, 'callable': salt['grains.get'] is callable,
  'sameas': true is sameas true, 'sameas_none': none is sameas none, 'even': 2 is even, 'odd': 2 is odd,
  'divisible': 9 is divisibleby 3, 'lower': 'abc' is lower, 'upper': 'abc' is upper,
  'eq': 1 is eq 1, 'equalto': 1 is equalto 1, 'ne': 1 is ne 2, 'lt': 1 is lt 2, 'le': 2 is le 2,
  'gt': 3 is gt 2, 'ge': 3 is ge 3, 'in': 1 is in [1, 2], 'filter': 'yaml' is filter, 'test': 'match' is test,
  'list': [1] is list, 'list_tuple': (1,) is list, 'match': 'web01' is match('web[0-9]+$'),
  'match_not_anchored': 'xweb01' is match('web'), 'escaped': 'a' is escaped} %}
{% for name, value in checks.items() %}
is-{{ name }}:
  test.nop:
    - value: {{ value }}
{% endfor %}
selected:
  test.nop:
    - strings: {{ ['a', 1, 'b'] | select('string') | list }}
    - odd: {{ range(6) | reject('odd') | list }}
    - matching: {{ ['web1', 'db1'] | select('match', 'web') | list }}
    - attr: {{ [{'a': 1}, {'a': 2}] | selectattr('a', 'gt', 1) | list }}
    - equal: {{ [{'a': 1}, {'a': 2}] | selectattr('a', 'equalto', 1) | map(attribute='a') | list }}
    - rejected: {{ [{'n': 'x', 'on': true}, {'n': 'y', 'on': false}] | rejectattr('on') | map(attribute='n') | join }}
