"""The table of execution functions."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module

from zester.errors import StateError
from zester_peel.engine.suggestion import suggest
from zester_peel.modules.calling.call import ExecutionFunction

FAMILIES = "zester_peel.modules"

_FAMILIES: Mapping[str, tuple[str, str]] = {
    "cmd": ("cmd", "run run_all run_stderr run_stdout retcode script which has_exec"),
    "facts": (
        "facts",
        "append delkey delval equals get has_value item items ls remove set setval setvals",
    ),
    "file": (
        "file",
        "contains directory_exists file_exists get_group get_hash get_mode get_user is_link"
        " path_exists read readdir readlink search stats",
    ),
    "group": ("group", "getent info list_groups"),
    "pkg": (
        "pkg",
        "install latest_version list_pkgs list_upgrades purge refresh_db remove upgrade"
        " upgrade_available version version_cmp",
    ),
    "saltutil": (
        "saltutil",
        "find_job is_running kill_job refresh_grains refresh_pillar running term_job",
    ),
    "service": (
        "service",
        "available disable disabled enable enabled get_all masked missing reload restart start"
        " status stop",
    ),
    "settings": ("settings", "get item items keys ls"),
    "state": (
        "state",
        "apply highstate show_highstate show_low_sls show_lowstate show_sls show_top single sls"
        " test",
    ),
    "sys": (
        "sys",
        "argspec doc list_functions list_modules list_state_functions",
    ),
    "user": ("user", "getent info list_groups list_users primary_group"),
    "test": (
        "test",
        "arg arg_type echo exception fail false fib kwarg outputter ping sleep true version",
    ),
}
"""Family → its module and the functions in it."""

ALIASES: Mapping[str, str] = {"grains": "facts", "pillar": "settings"}
"""Salt's names of families."""


def names() -> tuple[str, ...]:
    """Return every function, aliases left out."""
    return tuple(
        f"{family}.{name}"
        for family, (_, functions) in sorted(_FAMILIES.items())
        for name in sorted(functions.split())
    )


def spellings(name: str) -> frozenset[str]:
    """Return every name of a function: ours, and Salt's of the family."""
    family, _, verb = name.partition(".")
    ours = ALIASES.get(family, family)
    salts = (salt for salt, zester in ALIASES.items() if zester == ours)
    return frozenset(f"{each}.{verb}" for each in (ours, *salts))


def find(name: str) -> ExecutionFunction:
    """Return a function, imported now; raises StateError with a suggestion."""
    family, _, verb = name.partition(".")
    family = ALIASES.get(family, family)
    place = _FAMILIES.get(family)
    if place is None or verb not in place[1].split():
        raise StateError(
            f"there is no execution function {name!r}{suggest(name, names())}",
            hint="sys.list_functions lists them all",
        )
    called = f"{FAMILIES}.{place[0]}"
    module = sys.modules.get(called) or import_module(called)
    function: ExecutionFunction = getattr(module, attribute(verb))
    return function


def attribute(verb: str) -> str:
    """Return what a function is called in its module."""
    return _CALLED.get(verb, verb)


_CALLED: Mapping[str, str] = {
    "false": "false_",
    "set": "set_",
    "test": "dry_run",
    "true": "true_",
}
"""Names that mean something else in Python or to tools."""
