{%- set a = 'x' -%}
    spaced:
      test.nop:
        - plain: "[{{ a }}]"
        - trimmed: "[  {{- a -}}  ]"
        - comment: "[  {#- gone -#}  ]"
        - kept: "[ {%+ if true %} in {% endif +%} ]"
        - lines: |
            first
            {%- if true %}
            second
            {%- endif %}
            third
            {% if true -%}
            fourth
            {% endif %}
            end
{#- trailing comment #}
