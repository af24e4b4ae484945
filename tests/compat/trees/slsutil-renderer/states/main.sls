x:
  test.nop:
    - text: {{ salt['slsutil.renderer'](string='a: {{ 1 + 1 }}') | json }}
    - file: {{ salt['slsutil.renderer']('salt://data.yaml') | json }}
    - default: {{ salt['slsutil.renderer']('salt://data.yaml', default_renderer='jinja|yaml') | json }}
    - context: {{ salt['slsutil.renderer']('salt://ctx.yaml', who='you') | json }}
