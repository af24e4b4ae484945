a:
  file.managed:
    - name: {% if x %}/a{% else %}/b{% endif %}
    - user: {{ 'x' if y else 'z' }}
    - mode: '{{ m }}'
