x:
  test.nop:
    - states: {{ salt['cp.list_states']() | json }}
    - files: {{ salt['cp.list_master']() | json }}
    - dirs: {{ salt['cp.list_master_dirs']() | json }}
    - prefix: {{ salt['cp.list_master'](prefix='a/') | json }}
    {% if 'a.b' in salt['cp.list_states']() %}
    - there: true
    {% endif %}
