fw:
  settings: {loglevel: low}
  applications:
    MySQL: {limit: false, comment: Allow mysql}
    Postgresql: {limit: true, from_addr: [10.0.0.1, 10.0.0.2]}
  services:
    http: {protocol: tcp, comment: web}
    443: {protocol: tcp}
    '10000:10099': {protocol: udp, from_addr: [10.0.0.0/8]}
  interfaces: {eth1: {comment: all}}
  open: {from_addr: [10.0.0.1]}
