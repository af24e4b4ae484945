# Kommentar mit Umlauten: äöü
größe-{{ pillar.stadt }}:
  file.managed:
    - name: /tmp/{{ pillar.stadt | lower }}
    - contents: {{ pillar.list | join(', ') | yaml_dquote }}
    - json: {{ pillar.list | json }}
    - json_text: {{ pillar.list | json | yaml_squote }}
    - yaml: {{ pillar.list | yaml }}
    - block: {{ pillar.list | yaml(False) | yaml_dquote }}
    - upper: {{ 'straße' | upper }}
    - escaped: "\u00e9\x41"
