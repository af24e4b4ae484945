{%- from "postgres/map.jinja" import postgres with context %}
include:
  - postgres.server
postgresql-repo:
  pkgrepo.managed:
    - name: pgdg-{{ postgres.version }}
    - baseurl: https://example.com/{{ postgres.version }}/rhel-$releasever
    - gpgcheck: 1
extend:
  postgresql-server:
    pkg:
      - require:
        - pkgrepo: postgresql-repo
      - fromrepo: pgdg
