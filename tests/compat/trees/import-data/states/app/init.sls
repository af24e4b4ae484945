{% import_yaml 'app/data.yaml' as data %}
{% import_yaml tpldir ~ '/data.yaml' as again %}
{% import_json "app/data.json" as jdata %}
{% import_text 'app/text.txt' as text %}
{% import_yaml 'app/templated.yaml' as templated with context %}
{% load_yaml as inline %}
a: 1
list:
  - {{ grains.os }}
  - 2
nested: {b: [c]}
{% endload %}
{% load_json as jinline %}
{"k": [1, {"d": null}]}
{% endload %}
{% load_text as tinline %}
some text
  kept
{% endload %}
{% from 'app/loader.jinja' import exported %}
{% load_yaml as empty %}{% endload %}
x:
  test.nop:
    - data: {{ data | json }}
    - same: {{ data == again }}
    - jdata: {{ jdata | json }}
    - text: {{ text | yaml_dquote }}
    - templated: {{ templated | json }}
    - inline: {{ inline | json }}
    - jinline: {{ jinline | json }}
    - tinline: {{ tinline | yaml_dquote }}
    - exported: {{ exported | json }}
    - empty: {{ empty | json }}
