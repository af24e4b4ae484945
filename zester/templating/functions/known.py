"""Names that tell a mistyped function from one that only a node can run."""

from __future__ import annotations

_NAMES = """
acl alternatives apache archive at beacons bigip btrfs chocolatey chroot cmd composer consul cp cron
cryptdev data debconf dig disk dnsmasq dnsutil docker environ ethtool event file firewalld gem git
glusterfs gpg grains group haproxyconn highstate_doc hosts http icinga2 incron influxdb ini ip ipset
iptables jboss7 jenkins jinja kernelpkg key keyboard kmod kubernetes ldap3 linux_acl locale locate
logrotate lowpkg lvm lxc lxd mdadm memcached mine minion modjk mongodb monit mount mssql mysql nacl
netplan network nfs3 nftables nginx npm nspawn ntp openssl_cert openvswitch osquery pam partition
pdbedit pip pkg pkgbuild postfix postgres power ps publish puppet pyenv quota rabbitmq raid rbenv
redis reg restartcheck ret rsync rvm s3 saltutil schedule scsi seed selinux sensors service shadow
slack smbios snapper solr splunk sqlite3 ssh ssh_pki state status supervisord svn swarm sysctl sysfs
syslog_ng sysrc system system_profiler telegram temp test timezone tls tomcat tuned udev user uwsgi
vagrant varnish vault virt virtualenv vsphere x509 xfs xml zabbix zfs znc zookeeper zpool
"""

KNOWN_MODULES: frozenset[str] = frozenset(_NAMES.split())
"""Modules of Salt whose functions look at a machine or change it."""
