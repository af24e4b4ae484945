"""One state of a program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from zester.dataclass import dataclass
from zester.errors import At, HostError, ZesterError
from zester_peel.engine.content import Versions
from zester_peel.engine.run.belongings import Made
from zester_peel.engine.run.conduct import PLAIN, Conduct
from zester_peel.engine.run.guards import Guards
from zester_peel.engine.run.shell import PLAIN as PLAIN_SHELL
from zester_peel.engine.run.shell import Shell
from zester_peel.engine.run.taking import NOTHING, Taken
from zester_peel.engine.state import Proof, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import HostReader

NO_REQUISITES: Mapping[str, tuple[int, ...]] = MappingProxyType({})

_WAITING = frozenset(("require", "require_any", "watch", "watch_any", "listen"))
"""Requisites that say nothing where their targets neither changed nor failed."""


@dataclass(slots=True, eq=False)
class Node:
    """One state of a program.

    ``problem`` says why it cannot run at all; ``state`` and ``spec`` may be missing then. ``spec``
    is as written until ``resolved``; ``unresolvable`` says why resolving will never work.
    ``requisites`` holds positions by kind. ``seen`` is the mark of the proof taken just before the
    state was last seen as wished, None when there was none. ``key`` is a digest of the call it was
    made from, empty for one that has none; ``taken`` is what it was resolved with. ``prunes``: its
    file asks that what it made goes once nobody declares it any more.
    """

    ref: str
    function: str
    name: str
    id: str
    sls: str
    at: At
    state: State[Any, Any] | None = None
    spec: BaseModel | None = None
    problem: str = ""
    requisites: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: NO_REQUISITES)
    guards: Guards | None = None
    conduct: Conduct = PLAIN
    shell: Shell = PLAIN_SHELL
    resolved: bool = False
    unresolvable: str = ""
    taken: Taken | None = field(default_factory=lambda: NOTHING)
    seen: int | None = None
    key: bytes = b""
    prunes: bool = False

    def proof(self, host: HostReader) -> Proof | None:
        """Return what shows that this state is as it was; None when only observing can."""
        if self.state is None or self.spec is None or self.problem or not self.resolved:
            return None
        try:
            return self.state.proof(host, self.spec)
        except HostError:
            return None  # observing will say why

    def holds(self, tree: Versions) -> bool:
        """Whether this state means the same with another tree."""
        if self.state is None or self.spec is None or self.problem or self.unresolvable:
            return False
        if not self.resolved:
            return True
        if not self.taken:
            return self.taken is not None
        try:
            return all(tree.version(url) == found for url, found in self.taken.items())
        except ZesterError:
            return False

    @property
    def steady(self) -> bool:
        """Whether this state runs, and is only looked at, while nothing else changes."""
        return (
            self.guards is None
            and self.conduct is PLAIN
            and self.state is not None
            and not self.state.imperative
            and not self.state.reactive
            and _WAITING.issuperset(self.requisites)
        )

    @property
    def roaming(self) -> bool:
        """Whether what this state watches may be another after each run."""
        if self.state is None or self.spec is None or self.problem:
            return False
        return self.state.roams(self.spec)

    def watches(self) -> tuple[Watch, ...]:
        """Return what would reveal that this state drifted."""
        if self.state is None or self.spec is None or self.problem:
            return ()
        return tuple(self.state.watches(self.spec))

    def requires(self) -> tuple[str, ...]:
        """Return the resources that others may provide."""
        if self.state is None or self.spec is None or self.problem:
            return ()
        return tuple(self.state.requires(self.spec))

    def provides(self) -> tuple[str, ...]:
        """Return the resources that exist once this state holds."""
        if self.state is None or self.spec is None or self.problem:
            return ()
        return tuple(self.state.provides(self.spec))

    def makes(self) -> tuple[Made, ...]:
        """Return what can be taken away when nothing declares it any more."""
        if self.state is None or self.spec is None or self.problem:
            return ()
        return tuple(self.state.makes(self.spec))

    @property
    def refreshable(self) -> bool:
        """Whether a ``watch`` or ``listen`` that fires makes this state act."""
        state = self.state
        if state is None:
            return False
        return state.imperative or type(state).refreshing is not State.refreshing
