"""What an execution function is given, and what it may give back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from zester.targeting.node import NodeView
from zester_peel.host.protocol import Host


@dataclass(frozen=True, slots=True)
class RunningJob:
    """A job that runs on this peel now; ``started`` in Unix seconds."""

    jid: str
    function: str
    who: str
    started: float


class RunningJobs(Protocol):
    """The jobs of this peel."""

    def running(self) -> tuple[RunningJob, ...]:
        """Return what runs now, oldest first."""
        ...

    def kill(self, jid: str) -> bool:
        """End a job, its parts and its processes; False when it does not run here."""
        ...


class Surroundings(Protocol):
    """The peel as an execution function sees it."""

    @property
    def host(self) -> Host: ...

    @property
    def jobs(self) -> RunningJobs: ...

    @property
    def facts(self) -> Mapping[str, Any]: ...

    async def quick_view(self) -> NodeView:
        """Return this node with its labels, without settings and node groups."""
        ...

    async def view(self) -> NodeView:
        """Return this node with its settings, labels and node groups; raises SourceError."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an execution function. ``test`` = change nothing, tell what would change."""

    around: Surroundings
    jid: str = ""
    test: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A value whose function says itself whether all went well."""

    value: Any
    ok: bool = True
    retcode: int = 0


ExecutionFunction = Callable[..., Awaitable[Any]]
"""``async def name(call: Call, …) -> value``; every parameter has a type."""
