foo: {{ '' }}
  pkg.installed: []
