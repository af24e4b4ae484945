{% set lookup = {
  'Debian': {'pkg': 'apache2', 'opts': {'a': 1, 'list': [1]}},
  'RedHat': {'pkg': 'httpd'},
  'default': {'pkg': 'unknown', 'base': true},
  'base': {'user': 'www', 'opts': {'z': 26}}} %}
x:
  test.nop:
    - get: {{ salt['grains.get']('datacenter:rack:slot') }}
    - get_default: {{ salt['grains.get']('gone', 'd') }}
    - get_list: {{ salt['grains.get']('ipv4:1') }}
    - get_delimiter: {{ salt['grains.get']('datacenter|name', delimiter='|') }}
    - has: {{ [salt['grains.has_value']('selinux:enabled'), salt['grains.has_value']('os')] }}
    - has_not: {{ salt['grains.has_value']('nope') }}
    - item: {{ salt['grains.item']('os', 'gone') | json }}
    - items: {{ salt['grains.items']().os }}
    - fetch: {{ salt['grains.fetch']('os', 'x') }}
    - equals: {{ salt['grains.equals']('os', 'Debian') }}
    - ls: {{ 'os' in salt['grains.ls']() }}
    - by_family: {{ salt['grains.filter_by'](lookup) | json }}
    - by_grain: {{ salt['grains.filter_by'](lookup, grain='os') | json }}
    - positional: {{ salt['grains.filter_by'](lookup, 'os_family', {'pkg': 'merged'}) | json }}
    - merged: {{ salt['grains.filter_by'](lookup, merge={'opts': {'b': 2, 'list': [2]}}) | json }}
    - merge_none: {{ salt['grains.filter_by'](lookup, merge=none) | json }}
    - based: {{ salt['grains.filter_by'](lookup, base='base') | json }}
    - defaulted: {{ salt['grains.filter_by'](lookup, grain='kernel') | json }}
    - other_default: {{ salt['grains.filter_by'](lookup, grain='kernel', default='RedHat') | json }}
    - no_match: {{ salt['grains.filter_by']({'x': 1}, grain='os') | json }}
    - list_grain: {{ salt['grains.filter_by']({'cache': {'r': 'cache'}, 'web': {'r': 'web'}}, grain='roles') | json }}
    - nested_grain: {{ salt['grains.filter_by']({'fra1': {'dc': 1}}, grain='datacenter:name') | json }}
    - glob: {{ salt['grains.filter_by']({'Deb*': {'g': 1}}) | json }}
    - glob_case: {{ salt['grains.filter_by']({'deb*': {'g': 1}, 'default': {'g': 0}}) | json }}
    - version: {{ salt['grains.filter_by']({'12': 'twelve', 12: 'int'}, grain='osmajorrelease') | json }}
    - or_empty: {{ (salt['grains.filter_by']({'x': 1}) or {}) | json }}
    - order: {{ salt['grains.filter_by']({'D*': {'first': 1}, 'Debian': {'second': 1}}) | json }}
