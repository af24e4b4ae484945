systemd:
  hidden: true
units:
  service:
    app:
      status: start
      Unit: {Description: My App, After: network.target}
      Service: {ExecStart: [/bin/a, /bin/b], Restart: always, Environment: 'A=1 B=2'}
      Install: {WantedBy: multi-user.target}
    old: {status: absent}
  timer:
    nightly: {status: stop, Timer: [{OnCalendar: daily}, {Persistent: 'true'}]}
networkd:
  network:
    10-eth0: {Match: [{Name: eth0}], Network: [{DHCP: 'yes'}], Address: [{Address: 10.0.0.1/24}, {Address: 10.0.0.2/24}]}
