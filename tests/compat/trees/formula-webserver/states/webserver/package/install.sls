{#- Get the `tplroot` from `tpldir` #}
{%- set tplroot = tpldir.split('/')[0] %}
{%- from tplroot ~ "/map.jinja" import webserver with context %}
webserver-package-install-pkg-installed:
  pkg.installed:
    - name: {{ webserver.pkg.name }}
    - version: {{ webserver.pkg.get('version', 'latest') | yaml_dquote }}
{%- if webserver.pkg.deps is defined %}
webserver-package-install-deps:
  pkg.installed:
    - pkgs: {{ webserver.pkg.deps | json }}
    - require_in:
      - pkg: webserver-package-install-pkg-installed
{%- endif %}
