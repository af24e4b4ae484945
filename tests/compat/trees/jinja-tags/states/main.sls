{#- a comment that vanishes -#}
{% set greeting = 'hello' %}
{% set block %}
text in a
block
{% endset %}
{% set filtered | upper | trim %} shout {% endset %}
{% macro greet(who, mark='!') -%}
{{ greeting }} {{ who }}{{ mark }} {{ varargs | join(',') }} {{ kwargs.get('extra', 'none') }}
{%- endmacro %}
{% macro wrapped(title) -%}
[{{ title }}: {{ caller(title | length) }}]
{%- endmacro %}

{% if grains.os_family == 'RedHat' %}
wrong: {test.nop: []}
{% elif grains.os_family == 'Debian' %}
right: {test.nop: []}
{% else %}
other: {test.nop: []}
{% endif %}

{% for item in [] %}
never-{{ item }}: {test.nop: []}
{% else %}
empty-loop: {test.nop: []}
{% endfor %}

macros:
  test.configurable_test_state:
    - one: {{ greet('world') | yaml_dquote }}
    - two: {{ greet('world', '?', 1, 2, extra='more') | yaml_dquote }}
    - three: {% call(size) wrapped('box') %}size {{ size }}{% endcall %}
    - name_of_macro: {{ greet.name }}
    - arguments: {{ greet.arguments | yaml }}
    - block: {{ block | yaml_encode }}
    - filtered: {{ filtered }}
    - shouted: {% filter upper | replace('A', 'B') %}banana{% endfilter %}
    - raw: "{% raw %}{{ not rendered }}{% endraw %}"
    {%- with inner = 5, outer = 6 %}
    - with: {{ inner * outer }}
    {%- endwith %}
    - conditional: {{ 'yes' if grains.num_cpus > 2 else 'no' }}
    - nothing: "{{ 'x' if false }}"
