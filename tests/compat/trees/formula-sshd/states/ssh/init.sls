{%- from "ssh/map.jinja" import openssh, sshd_config with context %}
openssh:
  {% if openssh.server is defined %}
  pkg.installed:
    - name: {{ openssh.server }}
    {% if openssh.server_version is defined %}
    - version: {{ openssh.server_version }}
    {% endif %}
  {% endif %}
  {% if openssh.sshd_enable is sameas true %}
  service.running:
    - enable: {{ openssh.sshd_enable }}
    - name: {{ openssh.service }}
    {%- if openssh.server is defined %}
    - require:
      - pkg: openssh
    {%- endif %}
  {% else %}
  service.dead:
    - name: {{ openssh.service }}
  {% endif %}
sshd_config:
  file.managed:
    - name: {{ openssh.sshd_config }}
    - contents: |
      {%- for keyword, value in sshd_config.items() if keyword != 'matches' %}
      {%-   if value is string %}
        {{ keyword }} {{ value }}
      {%-   elif value is sequence %}
      {%-     for item in value %}
        {{ keyword }} {{ item }}
      {%-     endfor %}
      {%-   endif %}
      {%- endfor %}
      {%- for name, match in sshd_config.get('matches', {}).items() %}
        Match {{ match['type'].keys() | first }} {{ match['type'].values() | first }} # {{ name }}
      {%-   for k, v in match.options | dictsort %}
          {{ k }} {{ v }}
      {%-   endfor %}
      {%- endfor %}
    - watch_in:
      - service: openssh
{%- for keytype in ['dsa', 'ecdsa', 'ed25519', 'rsa'] %}
{%- set file = '/etc/ssh/ssh_host_' ~ keytype ~ '_key' %}
{%- if openssh.get('provide_' ~ keytype ~ '_keys', false) and keytype in openssh %}
ssh_host_{{ keytype }}_key:
  file.managed:
    - name: {{ file }}
    - contents: |
        {{ openssh[keytype]['private_key'] | indent(8) }}
    - mode: 600
    - require_in:
      - file: sshd_config
{%- elif salt['pillar.get']('openssh:generate_' ~ keytype ~ '_keys', false) %}
ssh_generate_host_{{ keytype }}_key:
  cmd.run:
    {%- set keysize = openssh.get('generate_' + keytype + '_size', false) %}
    - name: ssh-keygen -t {{ keytype }}{{ ' -b %d' % keysize if keysize else '' }} -N '' -f {{ file }}
    - unless: test -f {{ file }}
    - require_in:
      - file: sshd_config
{%- elif openssh.get('absent_' ~ keytype ~ '_keys', keytype == 'dsa') %}
ssh_host_{{ keytype }}_key:
  file.absent:
    - names: ['{{ file }}', {{ file }}.pub]
{%- endif %}
{%- endfor %}
