{%- set share = salt['pillar.get']('share', {}) %}
share-common:
  file.managed:
    - name: /etc/share/common
    - user: root
    - group: root
    - mode: '0640'
    - makedirs: true
share-conf:
  file.managed:
    - name: /etc/share/share.conf
    - use: [{file: share-common}]
    - contents: |
      {%- for name, section in share.conf.sections | dictsort %}
        [{{ name }}]
        {%- for key, value in section | dictsort %}
        {%-   if value is sameas true or value is sameas false %}
        {{ key }} = {{ 'yes' if value else 'no' }}
        {%-   elif value is iterable and value is not string %}
        {{ key }} = {{ value | join(' ') }}
        {%-   else %}
        {{ key }} = {{ value }}
        {%-   endif %}
        {%- endfor %}
      {%- endfor %}
    - require_in: [share-service]
{%- for user, data in share.users.items() %}
{%-   set data = {} if data is none else data %}
share-user-{{ user }}:
  file.accumulated:
    - filename: /etc/share/users
    - text: {{ '{0}:{1}'.format(user, data.get('uid', 'auto')) | yaml_dquote }}
    - require_in:
      - file: share-users
  {%- if data.get('password') %}
  cmd.run:
    - name: printf '{{ data.password }}\n{{ data.password }}\n' | setpw {{ user }}
    - unless: getpw {{ user }}
    - output_loglevel: quiet
    - hide_output: true
    - onchanges: [{file: share-user-{{ user }}}]
  {%- endif %}
{%- endfor %}
share-users:
  file.blockreplace:
    - name: /etc/share/users
    - append_if_not_found: true
share-service:
  service.running:
    - names: [smbd, nmbd: [{enable: false}]]
    - enable: true
