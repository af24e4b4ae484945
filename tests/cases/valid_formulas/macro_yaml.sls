{% macro m(n) %}
{{ n }}:
  file.managed:
    - name: /{{ n }}
{% endmacro %}
{{ m('a') }}
{{ m('b') }}
