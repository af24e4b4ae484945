{% set nobody = salt['user.info']('no-such-account-here') %}
x:
  test.nop:
    - unknown_user: {{ nobody | json }}
    - home: {{ nobody.get('home', '/home/x') }}
    - root: {{ salt['user.info']('root').uid }}
    - has: {{ salt['cmd.has_exec']('sh') }}
    - has_not: {{ salt['cmd.has_exec']('no-such-program-here') }}
    - which: {{ salt['cmd.which']('no-such-program-here') | json }}
    - folder: {{ salt['file.directory_exists']('/') }}
    - no_folder: {{ salt['file.directory_exists']('/no/such/folder') }}
    - no_file: {{ salt['file.file_exists']('/no/such/file') }}
