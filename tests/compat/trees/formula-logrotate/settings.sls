rotate:
  jobs:
    /tmp/var/log/*.log: {path: [/tmp/a.log, /tmp/b.log], config: [weekly, missingok, rotate 52, compress, {postrotate: ['kill -HUP 1', 'true']}]}
    mysql: {config: [daily]}
  default: {weekly: true, rotate: 8, dateext: false}
