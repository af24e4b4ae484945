{% set cron = pillar.get('cron', {}) %}
{% set pkg = salt['grains.filter_by']({'Debian': {'name': 'cron'}, 'RedHat': {'name': 'cronie'}, 'FreeBSD': {'name': none}}) %}
{% if pkg.name is not none %}
cron-pkg:
  pkg.installed: [{name: {{ pkg.name }}}]
{% endif %}
{% for name, value in cron.get('env', {}).items() %}
cron-env-{{ name }}:
  cron.env_present:
    - name: {{ name }}
    - value: {{ value | yaml_squote }}
    - user: {{ cron.user | default('root') }}
{% endfor %}
{% for task, opts in cron.tasks.items() %}
cron.{{ task }}:
  cron.{{ opts.type | default('present') }}:
    - name: {{ opts.name | yaml_dquote }}
    - identifier: {{ task }}
    {% if opts.get('type', 'present') == 'present' %}
    {% for key in ['user', 'minute', 'hour', 'daymonth', 'month', 'dayweek', 'comment', 'special'] if key in opts %}
    - {{ key }}: '{{ opts[key] }}'
    {% endfor %}
    - commented: {{ opts.commented is defined and opts.commented }}
    {% endif %}
    {% if pkg.name %}
    - require:
      - pkg: cron-pkg
    {% endif %}
{% endfor %}
