"""The low state: the flat list of what a node has to be, one chunk for each state call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zester.errors import At

REQUISITES = ("require", "watch", "onchanges", "onfail")
"""Requisite kinds a chunk may carry; the compiler turns every ``_in`` form into these."""


@dataclass(frozen=True, slots=True)
class LowChunk:
    """One state call, ready for the engine.

    ``args`` holds the state's own parameters (never ``name``, requisites or guards).
    ``requisites`` maps a kind to its targets: ``("file", "motd")`` is *state module, id or name*,
    ``("sls", "web")`` a whole state file and ``("", "motd")`` a bare id; globs are allowed.
    ``guards`` holds ``onlyif``, ``unless``, ``creates`` as written. ``order`` is the definition
    order, 10000 and up, or what an ``order`` argument asked for.
    """

    state: str
    fun: str
    name: str
    id: str
    sls: str
    env: str
    at: At
    order: int
    args: Mapping[str, Any] = field(default_factory=dict)
    requisites: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    guards: Mapping[str, Any] = field(default_factory=dict)

    @property
    def function(self) -> str:
        """``file.managed``."""
        return f"{self.state}.{self.fun}"

    def as_salt(self) -> dict[str, Any]:
        """The chunk in the shape of Salt's ``state.show_lowstate``."""
        chunk: dict[str, Any] = {
            "state": self.state,
            "fun": self.fun,
            "name": self.name,
            "__id__": self.id,
            "__sls__": self.sls,
            "__env__": self.env,
            "order": self.order,
            **self.args,
            **self.guards,
        }
        for kind, targets in self.requisites.items():
            chunk[kind] = [target if not module else {module: target} for module, target in targets]
        return chunk
