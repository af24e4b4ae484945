base:
  pkg.installed: []
{% if grains.id %}
foo:
{% endif %}
  pkg.installed: []
