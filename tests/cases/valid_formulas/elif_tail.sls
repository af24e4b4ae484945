first:
  test.nop: []
{% if grains['os_family'] == 'Debian' %}
foo:
  cmd.run:
{% elif grains['os_family'] == 'RedHat' %}
foo:
  cmd.wait:
{% endif %}
    - name: echo
