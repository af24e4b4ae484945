{%- set tplroot = tpldir.split('/')[0] %}
{%- from tplroot ~ "/map.jinja" import p, concat_args with context %}
{%- for name in p.wanted.component %}
{%-   set c = p.pkg.component[name] %}
{%-   set basename = name ~ '-' ~ c.version.lstrip('v') ~ '.' ~ p.kernel ~ '-' ~ grains.osarch %}
prom-{{ name }}-install:
  archive.extracted:
    - name: {{ p.dir.archive }}/{{ basename }}
    - source: https://dl.example.com/{{ name }}/{{ c.version }}/{{ basename }}.tar.gz
    - skip_verify: true
    - retry: {{ p.retry_option | json }}
    - user: {{ p.identity.rootuser }}
    - recurse: [user, group]
    - require_in:
      - file: prom-{{ name }}-link
prom-{{ name }}-link:
  file.symlink:
    - name: /usr/local/bin/{{ name }}
    - target: {{ p.dir.archive }}/{{ basename }}/{{ name }}
{%-   if 'config' in c and c.config %}
prom-{{ name }}-config:
  file.managed:
    - name: {{ p.dir.etc }}/{{ name }}.yml
    - contents: |
        # generated
        {{ c.config | yaml(False) | indent(8) }}
    - watch_in:
      - service: prom-{{ name }}-service
{%-   endif %}
{%-   set args = c.get('service', {}).get('args', {}) or c.get('environ', {}).get('args', {}) %}
prom-{{ name }}-service:
  file.managed:
    - name: /etc/default/{{ name }}
    - contents: |
        {{ c | traverse('environ:environ_arg_name', 'ARGS') }}="{{ concat_args(args) }}"
  user.present:
    - name: {{ name }}
    - system: true
  service.running:
    - name: {{ name }}
    - onlyif: systemctl list-units | grep {{ name }} >/dev/null 2>&1
    - require:
      - user: prom-{{ name }}-service
{%- endfor %}
