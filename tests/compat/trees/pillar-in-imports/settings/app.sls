{% from 'map.jinja' import zone with context %}
{% import_yaml 'defaults.yaml' as defaults %}
app:
  zone: {{ zone }}
  port: {{ defaults.port + 1 }}
  id: {{ grains['id'] }}
  sls: {{ sls }}
  env: {{ saltenv }}
  fn: {{ salt['grains.get']('os_family') }}
  {% for n in range(2) %}
  n{{ n }}: {{ n }}
  {% endfor %}
