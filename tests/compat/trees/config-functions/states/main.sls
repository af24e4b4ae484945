x:
  test.nop:
    - grain_wins: {{ salt['config.get']('systemd') | json }}
    - list: {{ salt['config.get']('roles') | json }}
    - pillar: {{ salt['config.get']('app:a:b') }}
    - default: {{ salt['config.get']('gone', 'd') }}
    - default_named: {{ salt['config.get']('gone', default={'a': 1}) | json }}
    - merge: {{ salt['config.get']('systemd', merge='recurse') | json }}
    - overwrite: {{ salt['config.get']('systemd', merge='overwrite') | json }}
    - merge_default: {{ salt['config.get']('app', default={'a': {'c': 1}, 'z': 2}, merge='recurse') | json }}
    - omit: {{ salt['config.get']('systemd', omit_grains=true) | json }}
    - omit_pillar: {{ salt['config.get']('app', default='no', omit_pillar=true) | json }}
    - option: {{ salt['config.option']('timezone') }}
    - opts: {{ salt['config.get']('file_client') }}
    - delimiter: {{ salt['config.get']('app|a|b', delimiter='|') }}
    - timezone: {{ salt['config.get']('timezone') }}
    - empty: "{{ salt['config.get']('nope') }}"
