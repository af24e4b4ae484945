a:
  file.managed:
    - source: {{ files_switch(['a'],
                   lookup='x'
        )
                 }}
    - mode: 0644
    - context:
        x: {{ x | json }}
