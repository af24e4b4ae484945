"""``dnsutil.*``: what needs no name server."""

from __future__ import annotations

import ipaddress
import time

from zester.errors import RenderError
from zester.targeting.value import Value
from zester.templating.scope import Scope

_WEEK = 604_800
_UNITS = {"H": 3_600, "D": 86_400}


def serial(scope: Scope, zone: str = "", update: bool = False) -> str:
    """Return the zone's serial from the facts, or today's first: ``2026013101``."""
    if update:
        raise RenderError("dnsutil.serial: templates cannot store the next serial")
    stored = scope.facts.get(f"dnsserial_{zone}" if zone else "dnsserial")
    return str(stored) if stored else time.strftime("%Y%m%d01")


def check_ip(scope: Scope, ip_addr: Value) -> bool:
    """Return whether a text is an address."""
    try:
        ipaddress.ip_address(str(ip_addr))
    except ValueError:
        return False
    return True


def parse_hosts(
    scope: Scope, hostsfile: str = "/etc/hosts", hosts: str | None = None
) -> dict[str, list[str]]:
    """Return the names by address of a text in the form of ``/etc/hosts``."""
    if not hosts:
        raise RenderError("dnsutil.parse_hosts needs the text itself here: hosts=…")
    found: dict[str, list[str]] = {}
    for line in hosts.splitlines():
        words = line.split()
        if words and not line.startswith("#"):
            found.setdefault(words[0], []).extend(words[1:])
    return found


def parse_zone(scope: Scope, zonefile: str | None = None, zone: str | None = None) -> Value:
    """Return the records of a zone's text by type."""
    if not zone:
        raise RenderError("dnsutil.parse_zone needs the text itself here: zone=…")
    found: dict[str, Value] = {}
    for line in _records(zone):
        _parse_record(line, found)
    return found


def _records(zone: str) -> list[str]:
    """Return the lines without comments, those in parentheses as one."""
    records: list[str] = []
    opened: str | None = None
    for raw in zone.splitlines():
        line = raw.split(";")[0].strip()
        if not line:
            continue
        if opened is None and "(" in line and ")" not in line and not line.startswith("$"):
            opened = ""
        if opened is None:
            records.append(line)
            continue
        opened += f" {line}"
        if ")" in line:
            records.append(opened.replace("(", "").replace(")", ""))
            opened = None
    return records


def _parse_record(line: str, found: dict[str, Value]) -> None:
    words = line.split()
    if line.startswith("$"):
        found[words[0].replace("$", "")] = words[1]
        return
    if "ORIGIN" in found:
        words = line.replace("@", found["ORIGIN"]).split()
    if "SOA" in line:
        if words[1] != "IN":
            words.pop(1)
        found.update(
            ORIGIN=words[0],
            NETWORK=words[1],
            SOURCE=words[3],
            CONTACT=words[4].replace(".", "@", 1),
            SERIAL=words[5],
        )
        names = ("REFRESH", "RETRY", "EXPIRE", "MINTTL")
        found.update({name: _seconds(word) for name, word in zip(names, words[6:10], strict=True)})
        return
    if words[0] == "IN":
        words.insert(0, found["ORIGIN"])
    if not words[0].endswith(".") and "NS" not in line:
        words[0] = f"{words[0]}.{found['ORIGIN']}"
    if words[2] == "NS":
        found.setdefault("NS", []).append(words[3])
    elif words[2] == "MX":
        found.setdefault("MX", [{"priority": words[3], "host": words[4]}])
    elif words[3] in ("A", "AAAA"):
        record = {"TARGET": words[4], "TTL": words[1]}
        found.setdefault(words[3], {})[words[0]] = record
    else:
        found.setdefault(words[2], {})[words[0]] = words[3]


def _seconds(text: str) -> int:
    text = text.upper()
    for unit, seconds in _UNITS.items():
        if unit in text:
            return min(int(text.replace(unit, "")) * seconds, _WEEK)
    return min(int(text), _WEEK) if text.isdigit() else _WEEK
