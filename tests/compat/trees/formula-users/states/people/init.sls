# vim: sts=2 ts=2 sw=2 et ai
{% from "people/map.jinja" import people with context %}
{% set admins, with_files = [], [] %}
{% for group, wish in salt['pillar.get']('people:groups', {}).items() %}
people-group-{{ group }}:
{%   if wish.absent is defined and wish.absent or wish.get('state', 'present') == 'absent' %}
  group.absent:
    - name: {{ group }}
{%   else %}
  group.present:
    - name: {{ group }}
    - gid: {{ wish.get('gid', 'null') }}
    - system: {{ wish.get('system', 'False') }}
    - members: {{ wish.get('members') | json }}
{%   endif %}
{% endfor %}

{%- for name, who in pillar['people']['accounts'].items() if who is none or not who.get('absent') %}
{%-   if who == None %}{% set who = {} %}{% endif %}
{%-   if 'admin' in who and who['admin'] %}{% do admins.append(name) %}{% endif %}
{%-   set _unused = who.update({'seen': True}) %}
{%-   if salt['pillar.get']('people:accounts:' ~ name ~ ':files:enabled', False) %}
{%-     do with_files.append(name) %}
{%-   endif %}
{%- endfor %}
{%- if admins %}
include:
  - people.admin
{%- endif %}

{% for name, who in pillar['people']['accounts'].items() if who is not mapping or who.absent | default(false) != true %}
{%- set who = who or {} %}
{%- set home = who.get('home', "/home/%s" % name) %}
{%- set main = who.get('main', {}).get('name', name) %}
{%- for group in who.get('groups', []) if group not in pillar.people.groups %}
people-{{ name }}-in-{{ group }}:
  group.present:
    - name: {{ group }}
    {% if group == 'sudo' %}
    - system: True
    {% endif %}
{%- endfor %}
people-{{ name }}:
  {%- if who.get('make_home', True) %}
  file.directory:
    - name: {{ home }}
    - user: {{ name }}
    - group: {{ who.get('home_group', main) }}
    - mode: {{ who.get('home_mode', '0750') }}
    - makedirs: True
    - require:
      - user: people-{{ name }}
      - group: {{ main }}
  {%- endif %}
  group.present:
    - name: {{ main }}
    {%- if 'main' in who and 'gid' in who['main'] %}
    - gid: {{ who['main']['gid'] }}
    {%- elif 'uid' in who %}
    - gid: {{ who['uid'] }}
    {%- endif %}
  user.present:
    - name: {{ name }}
    - home: {{ home }}
    - shell: {{ who.get('shell', people.get('shell')) }}
    {%- for key in ['uid', 'fullname', 'system'] if key in who %}
    - {{ key }}: {{ who[key] }}
    {%- endfor %}
    - createhome: {{ who.get('make_home', True) }}
    - groups: {{ [main] + who.get('groups', []) }}
    {%- if 'expires' in who %}
    - expire: {{ who.expires * 86400 if grains['kernel'].endswith('BSD') and who.expires < 157766400 else who.expires }}
    {%- endif %}
    - require:
      - group: {{ main }}
      {%- for group in who.get('groups', []) %}
      - group: {{ group }}
      {%- endfor %}
{%- for key in who.get('keys', []) %}
people-{{ name }}-key-{{ loop.index0 }}:
  ssh_auth.present:
    - user: {{ name }}
    - name: {{ key }}
    - require: [{file: people-{{ name }}}, {user: people-{{ name }}}]
{%- endfor %}
{%- for kind, file in who.get('pairs', {}) | dictsort %}
people-{{ name }}-{{ kind }}:
  file.managed:
    - name: {{ home }}/.ssh/{{ file }}
    - contents_pillar: people:accounts:{{ name }}:pairs:{{ kind }}
    - mode: {{ '600' if kind == 'private' else '644' }}
    - require:
      - user: people-{{ name }}
{%- endfor %}
people-rules-{{ name }}:
{%- if name in admins %}
  file.managed:
    - name: {{ people.rules_dir }}/{{ name }}
    - group: {{ people.admin_group }}
    - mode: '0440'
    - contents: |
      {%- for rule in who.get('rules', []) %}
        {{ name }} {{ rule }}
      {%- endfor %}
    - require:
      - sls: people.admin
{%- for rule in who.get('rules', []) %}
"look at rule {{ loop.index }} of {{ name }}: {{ rule }}":
  cmd.run:
    - name: 'printf "%s\n" "$RULE" | visudo -cf -'
    - env:
      # quoting is left to the shell
      - RULE: "{{ name }} {{ rule }}"
    - require_in:
      - file: people-rules-{{ name }}
{%- endfor %}
{%- else %}
  file.absent:
    - name: {{ people.rules_dir }}/{{ name }}
{%- endif %}
{% endfor %}
{% for name, who in salt['pillar.get']('people:accounts').items() if who is mapping and who.absent is defined %}
people-away-{{ name }}:
  user.absent:
    - name: {{ name }}
    - purge: {{ who.get('purge', False) }}
    - force: {{ who.get('force', False) }}
{% endfor %}
{% for name in with_files %}
people-files-{{ name }}:
  file.recurse:
    - name: /home/{{ name }}
    - source: salt://people/files/{{ name }}
    - file_mode: {{ salt['pillar.get']('people:accounts:' ~ name ~ ':files:mode', 'keep') }}
{% endfor %}
