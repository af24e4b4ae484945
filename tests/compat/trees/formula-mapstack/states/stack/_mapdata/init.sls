{%- set tplroot = tpldir.split("/")[0] %}
{%- from tplroot ~ "/map.jinja" import mapdata with context %}
{%- do salt["log.debug"]("what the map holds:\n" ~ mapdata | yaml(False)) %}
{%- set output_dir = "/temp" if grains.os_family == "Windows" else "/tmp" %}
{%- set output_file = output_dir ~ "/salt_mapdata_dump.yaml" %}
{%- set map = {'values': mapdata} %}
{{ tplroot }}-mapdata-dump:
  file.managed:
    - name: {{ output_file }}
    - source: salt://{{ tplroot }}/_mapdata/_mapdata.jinja
    - template: jinja
    - context:
        map: {{ map | yaml }}
    - contents: {{ salt['slsutil.serialize']('yaml', map, default_flow_style=False, allow_unicode=True) | regex_replace("^\s+'$", "'", multiline=True) | trim | yaml_dquote }}
