"""Collect every fact about this machine."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from zester.dataclass import dataclass
from zester.errors import ZesterError
from zester_peel.facts.custom.files import Found, file_facts
from zester_peel.facts.disk import collect_disk
from zester_peel.facts.hardware import collect_hardware
from zester_peel.facts.memory import collect_memory
from zester_peel.facts.network import collect_network
from zester_peel.facts.process import collect_process
from zester_peel.facts.processor import collect_processor
from zester_peel.facts.source import Source
from zester_peel.facts.system import collect_system

Collector = Callable[[Source], dict[str, Any]]

COLLECTORS: Mapping[str, Collector] = {
    "process": collect_process,
    "system": collect_system,
    "hardware": collect_hardware,
    "processor": collect_processor,
    "memory": collect_memory,
    "disk": collect_disk,
    "network": collect_network,
}

# What a collector may run into when a file holds something nobody foresaw.
_FAILURES = (ZesterError, OSError, ValueError, LookupError, TypeError, AttributeError)

# Paths into the facts that change all the time; * is any key.
_VOLATILE = (
    ("pid",),
    ("memory", "available"),
    ("memory", "free"),
    ("memory", "used"),
    ("memory", "swap_free"),
    ("disk", "mounts", "*", "used"),
    ("disk", "mounts", "*", "free"),
)
# Interfaces that come and go with containers: they are facts, but no reason to render anew.
_PASSING = re.compile(r"(veth|cali|lxc|vnet|tap|nodelocaldns)")
_BY_INTERFACE = ("hwaddr_interfaces", "ip_interfaces", "ip4_interfaces", "ip6_interfaces")


@dataclass(frozen=True, slots=True)
class Facts:
    """``values`` by name, nested and flat; ``problems`` by collector, for those that failed."""

    values: dict[str, Any]
    problems: dict[str, str]


def collect_facts(
    node_id: str, root: Path = Path("/"), added: Iterable[Found] | None = None
) -> Facts:
    """Collect the facts of the machine below ``root``, ``added`` from elsewhere.

    ``added`` None = no program has been run. Raises nothing: see ``problems``.
    """
    source = source_below(node_id, root)
    given = [*file_facts(source)]
    if source.root != root:  # what was set below a folder for a demo counts there
        given += file_facts(Source(node_id, root, source.kernel))
    return collect(source, added=(*given, *(added or ())))


def source_below(node_id: str, root: Path) -> Source:
    """Return the inputs of a machine below ``root``.

    A root without an operating system in it (a folder for a demo) is part of this machine.
    """
    systems = ("etc/os-release", "usr/lib/os-release")
    own = any((root / name).exists() for name in systems)
    base = root if own else Path("/")
    kernel = base if (base / "proc/meminfo").exists() else Path("/")
    return Source(node_id, base, kernel)


def collect(
    source: Source,
    collectors: Mapping[str, Collector] = COLLECTORS,
    added: Iterable[Found] = (),
) -> Facts:
    """Collect from given inputs; a collector that fails is a problem, not an error.

    Of ``added`` facts the later counts; none takes the place of one that is collected here.
    """
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, collector in collectors.items():
        try:
            values.update(collector(source))
        except _FAILURES as error:
            problems[name] = f"{type(error).__name__}: {error}"
    own = frozenset(values)
    for found in added:
        taken = sorted(own.intersection(found.values))
        values.update({name: value for name, value in found.values.items() if name not in own})
        if found.problem:
            problems[found.origin] = found.problem
        elif taken:
            problems[found.origin] = f"{', '.join(taken)}: facts of the machine keep their values"
    return Facts(values, problems)


def fingerprint(values: Mapping[str, Any]) -> str:
    """Return a digest that changes with any fact but the volatile ones."""
    steady = _without(values, _VOLATILE)
    for name in _BY_INTERFACE:
        steady[name] = _without_passing(steady.get(name))
    network = steady.get("network")
    if isinstance(network, dict):
        steady["network"] = {
            **network,
            "interfaces": _without_passing(network.get("interfaces")),
        }
    text = json.dumps(steady, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _without(values: Mapping[str, Any], paths: Sequence[tuple[str, ...]]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in values.items():
        below = [path[1:] for path in paths if path[0] in ("*", name)]
        if () not in below:
            nested = below and isinstance(value, Mapping)
            kept[name] = _without(value, below) if nested else value
    return kept


def _without_passing(interfaces: Any) -> Any:  # noqa: ANN401 - whatever the facts hold there
    if not isinstance(interfaces, Mapping):
        return interfaces
    return {name: value for name, value in interfaces.items() if not _PASSING.match(name)}
