{% if grains.os == 'Plan9' %}
x: test.nop
{% endif %}
