{% set extra = ['late', 'parts.two'] %}
base:
  'web1*':
    - order: 3
    - third
  '*':
    - order: 1
    - first
    - parts.*
  'os_family:Debian':
    - match: grain
    - order: 2
    - second
    - first
  '*.example.com':
{% for name in extra %}
    - {{ name }}
{% endfor %}
