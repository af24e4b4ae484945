"""Interfaces, addresses and names."""

from __future__ import annotations

import ipaddress
from typing import Any

from zester_peel.facts.addresses import Address
from zester_peel.facts.names import Names, names
from zester_peel.facts.source import Source

_NET = "/sys/class/net"
_UP = 1  # route flag


def collect_network(source: Source) -> dict[str, Any]:
    """Collect ``network.*``, ``default_ipv4``, ``default_ipv6`` and Salt's flat names.

    ``network.ipv4`` and ``network.ipv6`` are the address of the default route, or else the first
    that others can reach; ``ipv4`` and ``ipv6`` list all of them.
    """
    found = source.addresses()
    interfaces = _interfaces(source, found)
    known = names(source)
    default = {
        4: _default(found, 4, _route_interface(source)),
        6: _default(found, 6, _route_interface6(source)),
    }
    return {
        **_flat(known, interfaces, found),
        "dns": known.dns,
        "default_ipv4": default[4],
        "default_ipv6": default[6],
        "network": {
            "hostname": known.hostname,
            "fqdn": known.fqdn,
            "domain": known.domain,
            "ipv4": default[4],
            "ipv6": default[6],
            "interfaces": interfaces,
        },
    }


def _interfaces(source: Source, found: list[Address]) -> dict[str, dict[str, Any]]:
    # Not all that is listed is an interface: bonding_masters is a file.
    listed = {n for n in source.names(_NET) if source.exists(f"{_NET}/{n}/address")}
    listed |= {address.interface for address in found}
    interfaces: dict[str, dict[str, Any]] = {}
    for name in sorted(listed):
        interfaces[name] = {
            "mac": source.line(f"{_NET}/{name}/address"),
            "ipv4": [a.text for a in found if a.interface == name and a.version == 4],
            "ipv6": [a.text for a in found if a.interface == name and a.version == 6],
        }
    return interfaces


def _flat(
    known: Names, interfaces: dict[str, dict[str, Any]], found: list[Address]
) -> dict[str, Any]:
    return {
        "host": known.host,
        "localhost": known.hostname,
        "nodename": known.hostname,
        "fqdn": known.fqdn,
        "domain": known.domain,
        "fqdn_ip4": known.fqdn_ip4,
        "fqdn_ip6": known.fqdn_ip6,
        "ipv4": _sorted(a.text for a in found if a.version == 4),
        "ipv6": _sorted(a.text for a in found if a.version == 6),
        "hwaddr_interfaces": {name: one["mac"] for name, one in interfaces.items() if one["mac"]},
        "ip4_interfaces": {name: one["ipv4"] for name, one in interfaces.items()},
        "ip6_interfaces": {name: one["ipv6"] for name, one in interfaces.items()},
        "ip_interfaces": {name: one["ipv4"] + one["ipv6"] for name, one in interfaces.items()},
    }


def _sorted(texts: Any) -> list[str]:  # noqa: ANN401 - any iterable of addresses
    return sorted(set(texts), key=lambda text: int(ipaddress.ip_address(text)))


def _default(found: list[Address], version: int, interface: str) -> str:
    reachable = [
        address
        for address in found
        if address.version == version
        and not (ip := ipaddress.ip_address(address.text)).is_loopback
        and not ip.is_link_local
    ]
    chosen = [address for address in reachable if address.interface == interface] or reachable
    return chosen[0].text if chosen else ""


def _route_interface(source: Source) -> str:
    best: tuple[int, str] | None = None
    for line in source.text("/proc/net/route").splitlines()[1:]:
        fields = line.split()
        if len(fields) < 8 or fields[1] != "00000000" or fields[7] != "00000000":
            continue
        if int(fields[3], 16) & _UP:
            route = (int(fields[6]), fields[0])
            best = min(best, route) if best else route
    return best[1] if best else ""


def _route_interface6(source: Source) -> str:
    best: tuple[int, str] | None = None
    for line in source.text("/proc/net/ipv6_route").splitlines():
        fields = line.split()
        if len(fields) < 10 or fields[0].strip("0") or fields[1] != "00" or fields[9] == "lo":
            continue
        route = (int(fields[5], 16), fields[9])
        best = min(best, route) if best else route
    return best[1] if best else ""
