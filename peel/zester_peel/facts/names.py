"""How this machine is called, from files only: a name server may take half a minute to fail."""

from __future__ import annotations

import ipaddress
from typing import Any

from zester.dataclass import dataclass
from zester_peel.facts.source import Source


@dataclass(frozen=True, slots=True)
class Names:
    """``hostname`` as the kernel has it, ``host`` its first label; ``dns`` is resolv.conf."""

    hostname: str
    fqdn: str
    fqdn_ip4: list[str]
    fqdn_ip6: list[str]
    dns: dict[str, Any]

    @property
    def host(self) -> str:
        """The first label of the full name."""
        return self.fqdn.partition(".")[0]

    @property
    def domain(self) -> str:
        """The full name without its first label."""
        return self.fqdn.partition(".")[2]


def names(source: Source) -> Names:
    """Find the full name as the resolver would: hosts file, then the domain of this machine."""
    hostname = source.line("/proc/sys/kernel/hostname") or "localhost"
    hosts = _hosts(source)
    dns = _resolver(source)
    full = next((called[0] for _, called in hosts if hostname in called), hostname)
    if "." not in full:
        full = next(
            (name for _, called in hosts if hostname in called for name in called if "." in name),
            full,
        )
    if "." not in full:
        domain = source.line("/proc/sys/kernel/domainname")
        domain = dns["domain"] if domain in ("", "(none)") else domain
        full = f"{full}.{domain}" if domain and full != "localhost" else full
    addresses = [address for address, called in hosts if full in called or hostname in called]
    return Names(
        hostname,
        full,
        list(dict.fromkeys(text for text in addresses if _version(text) == 4)),
        list(dict.fromkeys(text for text in addresses if _version(text) == 6)),
        dns,
    )


def _hosts(source: Source) -> list[tuple[str, list[str]]]:
    entries: list[tuple[str, list[str]]] = []
    for line in source.text("/etc/hosts").splitlines():
        words = line.partition("#")[0].split()
        if len(words) > 1 and _version(words[0]):
            entries.append((words[0], words[1:]))
    return entries


def _resolver(source: Source) -> dict[str, Any]:
    settings: dict[str, list[str]] = {}
    for line in source.text("/etc/resolv.conf").splitlines():
        words = line.partition("#")[0].partition(";")[0].split()
        if not words:
            continue
        if words[0] == "nameserver":
            settings.setdefault("nameserver", []).extend(words[1:2])
        else:
            settings[words[0]] = words[1:]
    servers = settings.get("nameserver", [])
    return {
        "nameservers": servers,
        "ip4_nameservers": [server for server in servers if _version(server) == 4],
        "ip6_nameservers": [server for server in servers if _version(server) == 6],
        "sortlist": settings.get("sortlist", []),
        "domain": (settings.get("domain") or [""])[0],
        "search": settings.get("search", []),
        "options": settings.get("options", []),
    }


def _version(text: str) -> int:
    try:
        return ipaddress.ip_address(text).version
    except ValueError:
        return 0
