{%- set tplroot = tpldir.split('/')[0] %}
{%- set sls_package_install = tplroot ~ '.package.install' %}
{%- from tplroot ~ "/map.jinja" import webserver with context %}
{%- from tplroot ~ "/libtofs.jinja" import files_switch with context %}
include:
  - {{ sls_package_install }}

webserver-config-file-managed:
  file.managed:
    - name: {{ webserver.dir }}/nginx.conf
    - source: {{ files_switch(['nginx.conf', 'nginx.conf.jinja'],
                              lookup='webserver-config-file-managed'
                 )
              }}
    - mode: 644
    - user: {{ webserver.rootuser }}
    - group: {{ webserver.rootgroup }}
    - makedirs: True
    - template: jinja
    - require:
      - sls: {{ sls_package_install }}
    - context:
        webserver: {{ webserver | json }}
