{% set hosts = salt['pillar.get']('hostsfile:hosts', {}) %}
{% for name, addresses in hosts | dictsort %}
{% for ip in ([addresses] if addresses is string else addresses) %}
hosts-{{ name }}-{{ loop.index }}:
  host.present:
    - ip: {{ ip }}
    - names:
      - {{ name }}
      {% if pillar.hostsfile.aliases and grains['domain'] %}
      - {{ name }}.{{ grains['domain'] }}
      {% endif %}
{% endfor %}
{% endfor %}
hosts-own:
  host.only:
    - name: {{ grains.ip4_interfaces.eth0[0] }}
    - hostnames: {{ [grains.fqdn, grains.host] | unique }}
