{% from './near.jinja' import near as first with context %}
{% from 'app/lib/other.jinja' import other with context %}
{% from './near.jinja' import near as second with context %}
{% from '../near.jinja' import near as third with context %}
x:
  test.nop:
    - near: [{{ first }}, {{ second }}, {{ third }}, {{ other }}]
