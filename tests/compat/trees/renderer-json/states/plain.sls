#!json
{"x": {"test.nop": [{"a": [1, null, true, "{{ text }}"]}]}, "y": {"file.managed": [{"name": "/y"}, {"mode": "0644"}]}}
