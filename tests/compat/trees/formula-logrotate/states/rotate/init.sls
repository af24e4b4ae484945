{%- from tpldir ~ '/map.jinja' import rotate with context %}
{%- set options = rotate.default %}
rotate-packages:
  pkg.installed:
    - pkgs: {{ rotate.pkgs }}
rotate-conf:
  file.managed:
    - name: /etc/logrotate.conf
    - contents:
      {%- for key in options.keys() | sort %}
      {%-   if options[key] is number and options[key] is not sameas true and options[key] is not sameas false %}
      - {{ key }} {{ options[key] }}
      {%-   elif options[key] %}
      - {{ key }}
      {%-   endif %}
      {%- endfor %}
    - require: [{pkg: rotate-packages}]
