{% load_yaml as pkgs %}
- vim
- name: git
  version: '2'
{% endload %}
{{ {'listed': {'pkg.installed': [{'pkgs': pkgs}]}, 'raw': 'test.nop'} | json }}
