{% include './lib/text.jinja' %}
