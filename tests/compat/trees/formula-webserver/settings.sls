webserver:
  lookup:
    workers: 8
  config:
    worker_connections: 2048
    http:
      gzip: 'on'
      log_format: main
  sites:
    example.com:
      enabled: true
      config:
        listen: [80, '443 ssl']
        root: /srv/example
    old.example.com:
      enabled: false
