{%- set tplroot = tpldir.split('/')[0] %}
{%- from tplroot ~ "/map.jinja" import webserver with context %}
{%- macro site_path(name, where=webserver.sites_dir) -%}
{{ salt['file.join'](webserver.dir, where, name) }}
{%- endmacro %}
include:
  - .package.install
{%- for name, site in webserver.sites | dictsort %}
webserver-site-{{ name }}:
{%- if site.enabled %}
  file.managed:
    - name: {{ site_path(name) }}
    - contents: |
        server {
        {%- for key, value in site.config.items() %}
        {%-   if value is string or value is number %}
          {{ key }} {{ value }};
        {%-   else %}
        {%-     for item in value %}
          {{ key }} {{ item }};
        {%-     endfor %}
        {%-   endif %}
        {%- endfor %}
        }
{%- else %}
  file.absent:
    - name: {{ site_path(name) }}
{%- endif %}
    - watch_in:
      - service: webserver-service-running
    - require:
      - pkg: webserver-package-install-pkg-installed
{%- endfor %}
