"""Reading dpkg's database of packages."""

from __future__ import annotations

import re
from collections.abc import Callable

from zester_peel.states.pkg.providers.protocol import Inventory

_FIELD = re.compile(
    r"^(?:(Package|Status|Version|Architecture|Provides): *(.*)|)$\n?", re.MULTILINE
)
_BROKEN = frozenset({"half-installed", "unpacked", "half-configured"})
_WORKING = frozenset({"installed", "triggers-awaited", "triggers-pending"})


def read_status(text: str, compare: Callable[[str, str], int]) -> tuple[Inventory, str]:
    """Return what a status file says, and the architecture of dpkg itself."""
    installed: dict[str, tuple[str, ...]] = {}
    residual: dict[str, str] = {}
    held: set[str] = set()
    provided: set[str] = set()
    native = ""
    foreign: list[tuple[str, str]] = []
    for package in _paragraphs(text):
        name, arch = package["Package"], package.get("Architecture", "")
        want, _, state = package.get("Status", "").partition(" ")
        state = state.rpartition(" ")[2]
        version = package.get("Version", "")
        if name == "dpkg":
            native = arch
        qualified = f"{name}:{arch}"
        if want == "hold":
            held.update((name, qualified))
        if state in _WORKING:
            installed[qualified] = (version,)
            foreign.append((name, arch))
            for each in package.get("Provides", "").split(","):
                provided.add(each.strip().partition(" ")[0])
        elif state in _BROKEN or state == "config-files":
            residual[qualified] = residual[name] = version
    for name, arch in foreign:
        # a bare name means the machine's own architecture, or whichever there is
        if arch in (native, "all") or name not in installed:
            installed[name] = installed[f"{name}:{arch}"]
    provided.discard("")
    return Inventory(installed, residual, frozenset(held), frozenset(provided)), native


def _paragraphs(text: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    current: dict[str, str] = {}
    for match in _FIELD.finditer(text):
        if match[1]:
            current[match[1]] = match[2].strip()
        elif current:
            found.append(current)
            current = {}
    if current:
        found.append(current)
    return [each for each in found if each.get("Package")]
