"""``salt_version.*``: code names of Salt's releases against the release we are compatible with."""

from __future__ import annotations

from collections.abc import Mapping

from zester.targeting.value import Value
from zester.templating.functions.versions.order import sign
from zester.templating.scope import Scope

_COMPATIBLE = 3008
_NAMES: Mapping[str, str] = {
    "hydrogen": "2014.1",
    "helium": "2014.7",
    "lithium": "2015.5",
    "beryllium": "2015.8",
    "boron": "2016.3",
    "carbon": "2016.11",
    "nitrogen": "2017.7",
    "oxygen": "2018.3",
    "fluorine": "2019.2",
    "neon": "3000",
    "sodium": "3001",
    "magnesium": "3002",
    "aluminium": "3003",
    "silicon": "3004",
    "phosphorus": "3005",
    "sulfur": "3006",
    "chlorine": "3007",
    "argon": "3008",
}


def get_release_number(scope: Scope, name: str) -> str | None:
    """Return the number of the release with a code name, None for unknown names."""
    return _NAMES.get(name.lower())


def equal(scope: Scope, name: str) -> bool:
    return _compare(scope, name) == 0


def greater_than(scope: Scope, name: str) -> bool:
    return _compare(scope, name) == 1


def less_than(scope: Scope, name: str) -> bool:
    return _compare(scope, name) == -1


def _compare(scope: Scope, name: str) -> int | None:
    number = get_release_number(scope, name)
    info: Value = scope.facts.get("saltversioninfo")
    mine = info[0] if isinstance(info, list | tuple) and info else _COMPATIBLE
    return None if number is None else sign(int(mine), int(number.partition(".")[0]))
