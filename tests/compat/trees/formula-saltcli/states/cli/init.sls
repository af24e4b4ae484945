{%- set tplroot = tpldir.split('/')[0] %}
{%- from tplroot ~ "/libsaltcli.jinja" import saltcli with context %}
cli:
  test.nop:
    - known: {{ saltcli in ['local', 'minion', 'call'] }}
