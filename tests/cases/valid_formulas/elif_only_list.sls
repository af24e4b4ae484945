{% if os == 'a' %}
{% set pkgs = ['x'] %}
{% endif %}
pk:
  pkg.installed:
    - pkgs:
{% for p in pkgs %}
      - {{ p }}
{% endfor %}
