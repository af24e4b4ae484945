firewall:
  enabled: true
  default_zone: public
  IndividualCalls: 'no'
  backend: {manage: true, pkg: nftables}
  services:
    sshcustom: {short: sshcustom, ports: {tcp: [3232, 5252], udp: []}, modules: [some_module], destinations: {ipv4: [224.0.0.251]}}
  zones:
    public:
      short: Public
      target: DROP
      services: [http, https]
      masquerade: true
      ports: [{comment: zabbix, port: 10050, protocol: tcp}]
      rich_rules: {ssh: {accept: true, ipsets: [fail2ban], services: [ssh]}}
    trusted: null
