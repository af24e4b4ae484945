{% from "users/map.jinja" import users with context %}

{% set used_sudo = [] %}

{% for group, setting in salt['pillar.get']('groups', {}).items() %}
{% if setting.get('state', 'present') == 'absent' %}
users_group_absent_{{ group }}:
  group.absent:
    - name: {{ group }}
{% else %}
users_group_present_{{ group }}:
  group.present:
    - name: {{ group }}
    - gid: {{ setting.get('gid', 'null') }}
    - system: {{ setting.get('system', False) }}
    - members: {{ setting.get('members', []) | json }}
{% endif %}
{% endfor %}

{%- for name, user in pillar.get('users', {}).items()
    if user.get('absent') is not defined or not user.get('absent') %}
{%- if user.get('sudouser') %}
{%- do used_sudo.append(1) %}
{%- endif %}
{%- endfor %}

{%- if used_sudo | length %}
include:
  - users.sudo
{%- endif %}

{# Track pillar-managed groups to avoid duplicates #}
{%- set managed_groups = salt['pillar.get']('groups', {}) -%}

{%- for name, user in pillar.get('users', {}).items()
    if user.get('absent') is not defined or not user.get('absent') %}
{%- set current = salt['user.info'](name) -%}
{%- set home = user.get('home', current.get('home', '/home/' ~ name)) -%}

{% for group in user.get('groups', []) %}
{% if group not in managed_groups %}
users_{{ name }}_{{ group }}_group:
  group.present:
    - name: {{ group }}
{% endif %}
{% endfor %}

users_{{ name }}_primary_group:
  group.present:
    - name: {{ user.get('prime_group', {}).get('name', name) }}
    - gid: {{ user.get('prime_group', {}).get('gid', user.get('uid', 'null')) }}

users_{{ name }}_user_prereq:
  file.directory:
    - name: {{ salt['file.dirname'](home) }}
    - makedirs: True

users_{{ name }}_user:
  user.present:
    - name: {{ name }}
    - home: {{ home }}
    - shell: {{ user.get('shell', users.get('shell', '/bin/bash')) }}
    - uid: {{ user.get('uid', 'null') }}
    - gid: {{ user.get('prime_group', {}).get('name', name) }}
    - fullname: {{ user.get('fullname', '') | json }}
    - createhome: {{ user.get('createhome', True) }}
    - groups: {{ user.get('groups', []) | json }}
    - require:
      - group: users_{{ name }}_primary_group
      - file: users_{{ name }}_user_prereq
      {%- for group in user.get('groups', []) %}
      {%- if group in managed_groups %}
      - group: users_group_present_{{ group }}
      {%- else %}
      - group: users_{{ name }}_{{ group }}_group
      {%- endif %}
      {%- endfor %}

users_{{ name }}_home:
  file.directory:
    - name: {{ home }}
    - user: {{ name }}
    - group: {{ user.get('prime_group', {}).get('name', name) }}
    - mode: "{{ user.get('user_dir_mode', '0750') }}"
    - require:
      - user: users_{{ name }}_user

{% for key in user.get('ssh_auth', []) %}
users_{{ name }}_ssh_auth_{{ loop.index }}:
  ssh_auth.present:
    - name: {{ key | json }}
    - user: {{ name }}
    - require:
      - file: users_{{ name }}_home
{% endfor %}

{% if user.get('sudouser') %}
users_{{ name }}_sudoer:
  file.managed:
    - name: {{ users.sudoers_dir }}/{{ name }}
    - user: root
    - group: root
    - mode: 0440
    - contents:
      {%- for rule in user.get('sudo_rules', []) %}
      - {{ (name ~ ' ' ~ rule) | json }}
      {%- endfor %}
    - require:
      - file: users_sudoers_dir
      - user: users_{{ name }}_user
{% endif %}
{% endfor %}

{% for name, user in pillar.get('users', {}).items() if user.get('absent') %}
users_absent_{{ name }}:
  user.absent:
    - name: {{ name }}
    - purge: {{ user.get('purge', False) }}
    - force: {{ user.get('force', False) }}
{% endfor %}
