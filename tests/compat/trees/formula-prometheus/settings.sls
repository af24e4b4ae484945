prom:
  wanted: {component: [prometheus, node_exporter], clientlibs: []}
  pkg:
    component:
      prometheus: {version: v2.48.0, config: {global: {scrape_interval: 15s}, scrape_configs: [{job_name: x, static_configs: [{targets: ['localhost:9090']}]}]}, service: {args: {web.listen-address: '0.0.0.0:9090', storage: {path: /var}}}}
      node_exporter: {version: v1.7.0, environ: {args: {log.level: debug}, environ_arg_name: ARGS}}
