{% for host in pillar.site.hosts %}
site-vhost-{{ loop.index }}:
  file.managed:
    - name: /etc/httpd/{{ host }}.conf
    - contents: "ServerName {{ host }}"
    - order: {{ 5 + loop.index0 }}
{% endfor %}
