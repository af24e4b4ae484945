{%- from 'macros.sls' import service with context %}
{{ service('cron') }}
{{ service('web', ['a', 'b'], {'/etc/web.conf': {'group': 'www'}, '/etc/x/y': {}}, requires=[{'service': 'cron'}]) }}
{%- call(name) service('queue', enable=false) %}
- reload: true
- note: called for {{ name }}
{%- endcall %}
