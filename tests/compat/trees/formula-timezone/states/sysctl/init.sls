{% for name, param in salt['pillar.get']('sysctl:params', {}).items() %}
sysctl-{{ name }}:
  sysctl.present:
    - name: {{ name }}
    {% if param is mapping %}
    - value: {{ param.value }}
    {% if param.config is defined %}
    - config: /etc/sysctl.d/{{ param.config }}
    {% endif %}
    {% else %}
    - value: {{ param }}
    {% endif %}
{% endfor %}
