timezone: {name: Europe/Berlin, utc: true}
locale: {present: ['de_DE.UTF-8 UTF-8', en_US.UTF-8], default: {name: de_DE.UTF-8, requires: de_DE.UTF-8 UTF-8}}
sysctl:
  params: {net.ipv4.ip_forward: {value: 1}, vm.swappiness: 10, fs.file-max: {value: 4096, config: fs.conf}}
hostsfile:
  hosts: {db: [10.0.0.9, 10.0.0.8], cache: 10.0.0.7}
  aliases: true
ntp: {servers: [0.pool, 1.pool], settings: {tinker: [panic 0]}}
