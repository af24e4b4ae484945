conf-a:
  file.managed:
    - name: /etc/a
    - require_in:
      - pkg: nginx
conf-b:
  file.managed:
    - name: /etc/b
    - require_in:
      - sls: web
named:
  pkg.installed:
    - name: nginx
