"""``network.*``: calculations, and the addresses the facts tell of."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping

from zester.targeting.paths import lookup
from zester.targeting.value import Value
from zester.templating.scope import Scope


def calc_net(scope: Scope, ip_addr: Value, netmask: Value = None) -> str:
    """Return the network of an address with its prefix or mask."""
    text = str(ip_addr) if netmask is None else f"{ip_addr}/{netmask}"
    return str(ipaddress.ip_network(text, strict=False))


def convert_cidr(scope: Scope, cidr: Value) -> dict[str, str]:
    """Return network, mask and broadcast address."""
    network = ipaddress.ip_network(str(cidr), strict=False)
    return {
        "network": str(network.network_address),
        "netmask": str(network.netmask),
        "broadcast": str(network.broadcast_address),
    }


def ip_in_subnet(scope: Scope, ip_addr: Value, cidr: Value) -> bool:
    """Return whether an address, or one of a list, is in a network."""
    addresses = ip_addr if isinstance(ip_addr, list | tuple) else [ip_addr]
    return _any_in(addresses, cidr)


def in_subnet(scope: Scope, cidr: Value) -> bool:
    """Return whether this node has an address in a network."""
    return _any_in([*ip_addrs(scope), *ip_addrs6(scope)], cidr)


def is_private(scope: Scope, ip_addr: Value) -> bool:
    return ipaddress.ip_address(str(ip_addr)).is_private


def is_loopback(scope: Scope, ip_addr: Value) -> bool:
    return ipaddress.ip_address(str(ip_addr)).is_loopback


def reverse_ip(scope: Scope, ip_addr: Value) -> str:
    return ipaddress.ip_address(str(ip_addr)).reverse_pointer


def ip_addrs(
    scope: Scope,
    interface: Value = None,
    include_loopback: bool = False,
    cidr: str | None = None,
    type: str | None = None,
) -> list[str]:
    """Return this node's IPv4 addresses; ``type`` is ``public`` or ``private``."""
    found = _addresses(scope, 4, interface, include_loopback)
    if cidr:
        return [address for address in found if _any_in([address], cidr)]
    if type in ("public", "private"):
        return [one for one in found if is_private(scope, one) is (type == "private")]
    return found


def ip_addrs6(
    scope: Scope, interface: Value = None, include_loopback: bool = False, cidr: str | None = None
) -> list[str]:
    """Return this node's IPv6 addresses."""
    found = _addresses(scope, 6, interface, include_loopback)
    return [address for address in found if _any_in([address], cidr)] if cidr else found


ipaddrs = ip_addrs
ipaddrs6 = ip_addrs6


def interface_ip(scope: Scope, iface: str) -> str:
    """Return the first IPv4 address of an interface, empty text without one."""
    found = _addresses(scope, 4, iface, True)
    return found[0] if found else ""


def hw_addr(scope: Scope, iface: str) -> str:
    """Return an interface's hardware address, empty text without one."""
    return str(lookup(scope.facts, ["hwaddr_interfaces", iface], ""))


def ifacestartswith(scope: Scope, cidr: Value) -> list[str]:
    """Return the interfaces that have an IPv4 address whose text starts like this."""
    return [name for name, one in _by_interface(scope, 4) if one.startswith(str(cidr))]


def get_hostname(scope: Scope) -> str:
    return str(scope.facts.get("nodename") or scope.facts.get("host") or scope.id)


def get_fqdn(scope: Scope) -> str:
    return str(scope.facts.get("fqdn") or scope.id)


def fqdns(scope: Scope) -> dict[str, Value]:
    return {"fqdns": lookup(scope.facts, "fqdns", [])}


def _any_in(addresses: Value, cidr: Value) -> bool:
    try:
        network = ipaddress.ip_network(str(cidr))
    except ValueError:
        return False
    return any(ipaddress.ip_address(str(address)) in network for address in addresses)


def _addresses(scope: Scope, version: int, interface: Value, loopback: bool) -> list[str]:
    if interface is None:
        listed = lookup(scope.facts, f"ipv{version}", [])
        texts = [str(one) for one in (listed if isinstance(listed, list | tuple) else [listed])]
    else:
        texts = [one for name, one in _by_interface(scope, version) if name == interface]
    kept = {one for one in texts if loopback or not ipaddress.ip_address(one).is_loopback}
    return [str(one) for one in sorted(map(ipaddress.ip_address, kept), key=int)]


def _by_interface(scope: Scope, version: int) -> Iterator[tuple[str, str]]:
    table = lookup(scope.facts, "ip_interfaces", {})
    for name, addresses in table.items() if isinstance(table, Mapping) else ():
        for address in addresses:
            if ipaddress.ip_address(str(address)).version == version:
                yield name, str(address)
