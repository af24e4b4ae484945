include:
  - postgres.server
{%- if salt['pillar.get']('postgres:use_upstream_repo') %}
  - postgres.upstream
{%- endif %}
