{% set defaults = {'name': 'dflt', 'opts': {'b': 2, 'deep': {'y': 2, 'list': [2]}}, 'extra': [1]} %}
x:
  test.nop:
    - merged: {{ salt['pillar.get']('app', defaults, merge=True) | json }}
    - merged_named: {{ salt['pillar.get']('app', default=defaults, merge=true) | json }}
    - lists: {{ salt['pillar.get']('app', default=defaults, merge=true, merge_nested_lists=true) | json }}
    - lists_not: {{ salt['pillar.get']('app', default=defaults, merge=true, merge_nested_lists=false) | json }}
    - unmerged: {{ salt['pillar.get']('app', defaults) | json }}
    - missing_merged: {{ salt['pillar.get']('gone', defaults, merge=True) | json }}
    - missing: {{ salt['pillar.get']('gone:deep', {'a': 1}) | json }}
    - 'null': {{ salt['pillar.get']('app:nothing', 'dflt') | json }}
    - 'off': {{ salt['pillar.get']('app:off', 'dflt') | json }}
    - zero: {{ salt['pillar.get']('app:zero', 5) }}
    - empty: {{ salt['pillar.get']('app:empty', 5) | json }}
    - through_text: {{ salt['pillar.get']('app:name:x', 'dflt') }}
    - list_item: {{ salt['pillar.get']('hosts:0:name') }}
    - list_miss: {{ salt['pillar.get']('hosts:7:name', 'no') }}
    - fetch: {{ salt['pillar.fetch']('app:name') }}
    - fetch_default: {{ salt['pillar.fetch']('gone', default='d') }}
    - item: {{ salt['pillar.item']('app:name', 'gone') | json }}
    - items: {{ salt['pillar.items']().keys() | list | sort }}
    - raw: {{ salt['pillar.raw']('hosts') | json }}
    - keys: {{ salt['pillar.keys']('app') | sort }}
    - ls: {{ salt['pillar.ls']() | sort }}
    - direct: {{ pillar.get('app', {}).get('opts') | json }}
    - subscript: {{ pillar['app']['name'] }}
    - attribute: {{ pillar.app.opts.deep.x }}
