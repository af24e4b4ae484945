foo:
  file.managed:
    - contents: |
        {% raw %}
        {{ x }} {% foo %}
        {% endraw %}
