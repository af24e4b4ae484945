dns:
  configured_zones:
    example.com: {type: master, notify: true, also-notify: [10.0.0.2, '10.0.0.3 port 54']}
    1.168.192.in-addr.arpa: {type: slave, masters: [10.0.0.9]}
  configured_acls:
    clients: [10.0.0.0/8, '!10.9.0.0/16', {nested: [localhost]}]
  available_zones:
    example.com:
      soa: {ns: ns1.example.com, contact: hostmaster@example.com, serial: 2024010100, ttl: 1h, refresh: 8h}
      records:
        A: {ns1: 10.0.0.1, www: [10.0.0.5, 10.0.0.6]}
        CNAME: {ftp: www}
        MX: {'@': ['10 mail']}
        TXT: {'_dmarc': '"v=DMARC1; p=none"'}
