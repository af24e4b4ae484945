{% from "people/map.jinja" import people with context %}
people-admin-tool:
  pkg.installed:
    - name: {{ people.pkg }}
    - require_in:
      - file: {{ people.rules_dir }}
people-admin-rules:
  file.directory:
    - name: {{ people.rules_dir }}
