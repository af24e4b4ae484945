"""The facts of simulated machines: this computer's, with what differs in a fleet made to differ."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from zester.dataclass import dataclass
from zester.resources.swarm import SwarmMember
from zester_peel.facts.collect import collect_facts

GIB = 1024**3


@dataclass(frozen=True, slots=True)
class System:
    """An operating system that a simulated machine claims to run."""

    os: str
    family: str
    full_name: str
    release: str
    codename: str = ""


SYSTEMS = (
    System("Debian", "Debian", "Debian GNU/Linux", "12", "bookworm"),
    System("Ubuntu", "Debian", "Ubuntu", "24.04", "noble"),
    System("Rocky", "RedHat", "Rocky Linux", "9.4", "Blue Onyx"),
    System("Alpine", "Alpine", "Alpine Linux", "3.20.3"),
)
"""Taken in turn."""

SITES = ("ams", "fra", "nyc")


def template() -> dict[str, Any]:
    """Return the facts of this computer, from which those of the simulated ones are made."""
    return collect_facts("template").values


def simulated_facts(member: SwarmMember, base: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of one simulated machine: the same for the same number, always."""
    number = member.number
    system = SYSTEMS[number % len(SYSTEMS)]
    major = system.release.partition(".")[0]
    cores, memory = (2, 4, 8, 16)[number % 4], (4, 8, 32)[number % 3]
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    mac = f"02:00:{number >> 24 & 255:02x}:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:"
    mac = f"{mac}{number & 255:02x}"
    name = f"{member.id}.example.com"
    network = {"eth0": {"mac": mac, "ipv4": [address], "ipv6": []}}
    return {
        **base,
        "id": member.id,
        "simulated": True,
        "role": member.role,
        "roles": [member.role],
        "site": SITES[number % len(SITES)],
        "os": system.os,
        "os_family": system.family,
        "osfullname": system.full_name,
        "osrelease": system.release,
        "osrelease_info": [int(part) for part in system.release.split(".")],
        "osmajorrelease": int(major),
        "oscodename": system.codename,
        "osfinger": f"{system.full_name}-{major}",
        "num_cpus": cores,
        "mem_total": memory * 1024,
        "cpu": {**base.get("cpu", {}), "count": cores, "cores": cores},
        "memory": {**base.get("memory", {}), "total": memory * GIB},
        "machine_id": hashlib.sha256(member.id.encode()).hexdigest()[:32],
        "host": member.id,
        "localhost": member.id,
        "nodename": member.id,
        "fqdn": name,
        "domain": "example.com",
        "ipv4": ["127.0.0.1", address],
        "ipv6": [],
        "fqdn_ip4": [address],
        "ip4_interfaces": {"eth0": [address]},
        "ip6_interfaces": {"eth0": []},
        "ip_interfaces": {"eth0": [address]},
        "hwaddr_interfaces": {"eth0": mac},
        "default_ipv4": address,
        "default_ipv6": "",
        "network": {
            "hostname": member.id,
            "fqdn": name,
            "domain": "example.com",
            "ipv4": address,
            "ipv6": "",
            "interfaces": network,
        },
    }
