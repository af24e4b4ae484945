app:
  list: [3]
  deep: {a: null}
{% if grains.num_cpus > 2 %}
big: {{ grains.num_cpus }}
{% endif %}
