"""The low state: the flat list of what a node has to be, one chunk for each state call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from zester.dataclass import dataclass
from zester.errors import At

REQUISITES = (
    *("require", "require_any", "watch", "watch_any"),
    *("onchanges", "onchanges_any", "onfail", "onfail_any", "onfail_all"),
    *("prereq", "listen"),
)
"""Requisite kinds a chunk may carry; the compiler turns every ``_in`` form into these."""

GUARDS = ("onlyif", "unless", "creates")

OPTIONS = (
    *("aggregate", "check_cmd", "cmd_opts_exclude", "failhard", "fire_event", "no_log"),
    *("max_in_flight", "observe", "onfail_stop", "parallel", "reload_grains"),
    *("reload_modules", "reload_pillar", "retry", "runas_password", "__umask__"),
)
"""Arguments every state takes that say how it is run, not what it is."""

Target = tuple[str, str]


@dataclass(frozen=True, slots=True)
class LowChunk:
    """One state call, ready for the engine.

    ``args`` holds the state's own parameters (never ``name``, requisites, guards or options;
    ``runas``, ``umask`` and ``timeout`` are parameters of some states and stay).
    ``requisites`` maps a kind to its targets: ``("file", "motd")`` is *state module, id or name*,
    ``("sls", "web")`` a whole state file and ``("", "motd")`` a bare id; globs are allowed.
    ``guards`` and ``options`` are as written. ``order`` is the definition order, 10000 and up with
    a fraction for each of several names, or what an ``order`` argument asked for.
    ``included_from`` names the files that include this chunk's file, the nearest first.
    ``written`` is everything but the head of Salt's chunk, in its words; shared, never change it.
    ``prunes``: its file asks that what it made goes once no state declares it any more.
    """

    state: str
    fun: str
    name: str
    id: str
    sls: str
    env: str
    at: At
    order: float
    args: Mapping[str, Any] = field(default_factory=dict)
    requisites: Mapping[str, tuple[Target, ...]] = field(default_factory=dict)
    guards: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    included_from: tuple[str, ...] = ()
    written: Mapping[str, Any] = field(default_factory=dict)
    prunes: bool = False

    @property
    def function(self) -> str:
        """``file.managed``."""
        return f"{self.state}.{self.fun}"

    def as_salt(self) -> dict[str, Any]:
        """The chunk in the shape of Salt's ``state.show_lowstate``."""
        chunk: dict[str, Any] = {
            "state": self.state,
            "name": self.name,
            "__sls__": self.sls,
            "__env__": self.env,
            "__id__": self.id,
        }
        if self.included_from:
            chunk["__sls_included_from__"] = list(self.included_from)
        return {**chunk, **self.written, "order": self.order, "fun": self.fun}
