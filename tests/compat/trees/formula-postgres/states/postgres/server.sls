{%- from "postgres/map.jinja" import postgres with context %}
postgresql-server:
  pkg.installed:
    - name: {{ postgres.pkg }}
{%- if postgres.fromrepo %}
    - fromrepo: {{ postgres.fromrepo }}
{%- endif %}
postgresql-conf:
  file.blockreplace:
    - name: {{ postgres.conf_dir }}/postgresql.conf
    - marker_start: "# begin: of the tree"
    - marker_end: "# end -- of: the tree"
    - content: |
        {{ postgres.postgresconf | indent(8) }}
    - show_changes: True
    - append_if_not_found: True
    - require:
      - pkg: postgresql-server
postgresql-pg_hba:
  file.managed:
    - name: {{ postgres.conf_dir }}/pg_hba.conf
    - defaults:
        acls: {{ postgres.acls | yaml() }}
    - contents: |
      {%- for acl in postgres.acls %}
        {{ '{0:<7} {1:<15} {2:<15}'.format(*acl) }} {{ acl[3:] | join(' ') }}
      {%- endfor %}
postgresql-running:
  service.running:
    - name: {{ postgres.service }}
    - enable: True
    - reload: true
    - watch: [{file: postgresql-pg_hba}]
    - listen:
      - file: postgresql-conf
