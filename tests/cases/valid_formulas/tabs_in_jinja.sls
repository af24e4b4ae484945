foo:
  test.nop:
{%	if x	%}
	{%- endif %}
    - name: x
