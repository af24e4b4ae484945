options:
  cmd.run:
    - name: make all
    - onlyif: test -e Makefile
    - unless:
      - test -e done
      - test -e other
    - creates:
      - /srv/done
    - check_cmd:
      - test -e done
    - retry:
        attempts: 5
        until: true
        interval: 10
        splay: 3
    - failhard: true
    - parallel: true
    - reload_modules: true
    - reload_grains: true
    - reload_pillar: true
    - runas: builder
    - timeout: 30
    - fire_event: built
    - cwd: /srv
    - env:
      - PATH: /opt/bin
      - DEBUG: '1'
    - umask: '022'
    - shell: /bin/bash
    - output_loglevel: quiet
    - aggregate: true
    - saltenv: base
dict-guards:
  file.managed:
    - name: /x
    - onlyif:
      - fun: match.grain
        tgt: 'os:Debian'
      - fun: file.file_exists
        args: [/etc/x]
    - unless:
      - fun: pkg.version
        name: nginx
      - test -f /y
retry-short:
  test.nop:
    - retry: true
creates-text:
  cmd.run:
    - name: touch /x
    - creates: /x
umlaut-bool:
  test.nop:
    - onlyif: true
    - unless: []
