{%- from "postgres/map.jinja" import postgres with context %}
{%- from "postgres/macros.jinja" import resource with context %}
include:
  - postgres
postgres-modules-again:
  test.succeed_with_changes:
    - reload_modules: True
    - require:
      - service: postgresql-running
{%- for name, user in postgres.users|dictsort() %}
{{ resource(name, 'postgres_user', user) }}
{%- endfor %}
{%- for name, db in postgres.databases|dictsort() %}
{%-   set schemas = db.pop('schemas', {}) %}
{%-   set extensions = db.pop('extensions', {}) %}
{{ resource(name, 'postgres_database', db) }}
{%-   for schema, opts in schemas|dictsort() %}
{%-     do opts.update({'dbname': name}) %}
{{ resource(schema, 'postgres_schema', opts) }}
{%-   endfor %}
{%-   for ext, opts in extensions|dictsort() %}
{%-     do opts.update({'maintenance_db': name, 'if_not_exists': True}) %}
{{ resource(ext, 'postgres_extension', opts) }}
    - require:
      - postgres_database: postgres_database-{{ name }}
{%-   endfor %}
{%- endfor %}
