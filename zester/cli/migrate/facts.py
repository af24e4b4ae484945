"""Facts for a machine that stands for any."""

from __future__ import annotations

from collections.abc import Mapping

from zester.targeting.value import Value

DEFAULT_FACTS: Mapping[str, Value] = {
    "id": "web1.example.com",
    "host": "web1",
    "fqdn": "web1.example.com",
    "domain": "example.com",
    "nodename": "web1",
    "localhost": "web1.example.com",
    "kernel": "Linux",
    "kernelrelease": "6.1.0-18-amd64",
    "os": "Debian",
    "os_family": "Debian",
    "osfullname": "Debian GNU/Linux",
    "osfinger": "Debian-12",
    "osrelease": "12",
    "osmajorrelease": 12,
    "oscodename": "bookworm",
    "osarch": "amd64",
    "cpuarch": "x86_64",
    "num_cpus": 2,
    "mem_total": 4096,
    "init": "systemd",
    "virtual": "kvm",
    "ipv4": ["127.0.0.1", "192.0.2.10"],
    "ipv6": ["::1"],
    "path": "/usr/sbin:/usr/bin:/sbin:/bin",
    "shell": "/bin/sh",
    "saltversion": "3007.1",
    "saltversioninfo": [3007, 1],
}
