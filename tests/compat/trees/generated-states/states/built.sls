{% set states = {} %}
{% for n in range(3) %}
{%   do states.update({'/srv/' ~ n: {'file.directory': [{'mode': '0750'}, {'user': 'u%d' % n}]}}) %}
{% endfor %}
{% do states.update({'last': {'test.nop': [{'require': [{'file': '/srv/0'}]}]}}) %}
{{ states | yaml(False) }}
