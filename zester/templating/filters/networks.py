"""Filters for addresses and networks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from zester.errors import RenderError
from zester.targeting.value import Value

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

OPTIONS: Mapping[str, str] = {
    "global": "",
    "public": "",
    "link-local": "is_link_local",
    "link_local": "is_link_local",
    "linklocal": "is_link_local",
    "ll": "is_link_local",
    "loopback": "is_loopback",
    "lo": "is_loopback",
    "multicast": "is_multicast",
    "private": "is_private",
    "reserved": "is_reserved",
    "site-local": "is_site_local",
    "site_local": "is_site_local",
    "sl": "is_site_local",
    "unspecified": "is_unspecified",
}
"""Option → the property an address must have; of ``global`` ones: that it is not private."""


def address(value: Value, version: int, options: str | None = None) -> str | None:
    """Return an address or interface (``10.0.0.1/8``) of a version that has all the options."""
    from ipaddress import ip_address, ip_interface  # late: few templates use it

    if not isinstance(value, str | bytes | int):
        return None
    try:
        parsed = ip_address(value)
    except ValueError:
        try:
            parsed = ip_interface(value)
        except ValueError:
            return None
    if parsed.version != version:
        return None
    wanted = [option.strip() for option in options.split(",")] if options else []
    known = [option for option in wanted if option in OPTIONS]
    return str(parsed) if all(_has(parsed, OPTIONS[option]) for option in known) else None


def _has(parsed: IPv4Address | IPv6Address, quality: str) -> bool:
    return bool(getattr(parsed, quality, False)) if quality else not parsed.is_private


def _selected(value: Value, version: int, options: str | None) -> Value:
    if isinstance(value, str | bytes):
        return address(value, version, options)
    if isinstance(value, list | tuple | Iterator):
        found = [address(item, version, options) for item in value]
        return [item for item in found if item is not None]
    return None


def ipv4(value: Value, options: str | None = None) -> Value:
    return _selected(value, 4, options)


def ipv6(value: Value, options: str | None = None) -> Value:
    return _selected(value, 6, options)


def ipaddr(value: Value, options: str | None = None) -> Value:
    """Return the addresses of a list, IPv4 first; a single address or None otherwise."""
    if isinstance(value, Iterator):
        value = list(value)
    four, six = ipv4(value, options), ipv6(value, options)
    return four or six if four is None or six is None else four + six


def is_ipv4(value: Value, options: str | None = None) -> bool:
    return address(value, 4, options) is not None


def is_ipv6(value: Value, options: str | None = None) -> bool:
    return address(value, 6, options) is not None


def is_ip(value: Value, options: str | None = None) -> bool:
    return is_ipv4(value, options) or is_ipv6(value, options)


def ipwrap(value: Value) -> Value:
    """Put IPv6 addresses in brackets, for URLs."""
    if isinstance(value, list | tuple):
        return [_wrapped(item) for item in value]
    return _wrapped(value)


def _wrapped(value: Value) -> Value:
    from ipaddress import ip_address  # late: few templates use it

    return f"[{ip_address(value)}]" if is_ipv6(value) else value


def _interfaces(value: Value, options: str | None, version: int | None) -> list[str]:
    select = {None: ipaddr, 4: ipv4, 6: ipv6}.get(version or None)
    found = select(value, options) if select else None
    return found if isinstance(found, list) else [found] if found else []


def _each(value: Value, results: list[Value]) -> Value:
    """Return all results for a list, the one for a single value, None for none."""
    if not results:
        return None
    return results if isinstance(value, list | tuple | Iterator) else results[0]


def ip_host(value: Value, options: str | None = None, version: int | None = None) -> Value:
    """Return addresses with their prefix length."""
    from ipaddress import ip_interface  # late: few templates use it

    found = _interfaces(value, options, version)
    return _each(value, [str(ip_interface(item)) for item in found])


def network_hosts(value: Value, options: str | None = None, version: int | None = None) -> Value:
    """Return the addresses of the hosts in a network, or in each of a list."""
    from ipaddress import ip_network  # late: few templates use it

    found = _interfaces(value, options, version)
    return _each(
        value, [[str(host) for host in ip_network(item, strict=False).hosts()] for item in found]
    )


def network_size(value: Value, options: str | None = None, version: int | None = None) -> Value:
    """Return how many addresses a network has, or each of a list."""
    from ipaddress import ip_network  # late: few templates use it

    found = _interfaces(value, options, version)
    return _each(value, [ip_network(item, strict=False).num_addresses for item in found])


def filter_by_networks(values: Value, networks: Sequence[str] | None) -> Value:
    """Return the addresses, in a list or by interface, that are in one of the networks."""
    from ipaddress import ip_address, ip_network  # late: few templates use it

    if networks is None:
        return values
    wanted = [ip_network(network) for network in networks]

    def inside(items: Sequence[str]) -> list[str]:
        return [item for item in items for network in wanted if ip_address(item) in network]

    if isinstance(values, Mapping):
        return {interface: inside(items) for interface, items in values.items()}
    if isinstance(values, Sequence):
        return inside(values)
    raise RenderError(f"a list or mapping of addresses is expected, not {type(values).__name__}")


def mac_str_to_bytes(text: str) -> bytes:
    digits = text.replace(text[2], "") if len(text) == 17 else text
    if len(digits) != 12:
        raise RenderError(f"{text!r} is not a MAC address")
    return bytes.fromhex(digits)


def gen_mac(prefix: str = "AC:DE:48") -> str:
    """Return a random MAC address of a vendor."""
    from secrets import token_bytes  # late: few templates roll dice

    return f"{prefix}:{token_bytes(3).hex(':').upper()}"
