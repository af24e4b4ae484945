"""What an execution function is given, and what it may give back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from zester.compiler.lowstate import LowChunk
from zester.dataclass import dataclass
from zester.targeting.node import NodeView
from zester_peel.engine.outcome import RunResult
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


class States(Protocol):
    """What can be asked of the desired state of this peel."""

    async def compiled(
        self, sls: Sequence[str] | None, over: Mapping[str, Any] | None = None
    ) -> CompiledStates:
        """Compile the named state files, or what the top file assigns; raises SourceError.

        ``over`` are settings laid over those of the tree.
        """
        ...

    async def apply(
        self,
        sls: Sequence[str] | None,
        *,
        test: bool,
        over: Mapping[str, Any] | None = None,
        force: bool = False,
    ) -> RunResult:
        """Converge to the named state files, or to all that is assigned; raises SourceError.

        Raises UnderMaintenance unless it is a test or ``force``.
        """
        ...

    async def single(
        self,
        function: str,
        name: str,
        args: Mapping[str, Any],
        *,
        test: bool,
        force: bool = False,
    ) -> RunResult:
        """Run one state that no file declares; raises StateError, UnderMaintenance."""
        ...


@dataclass(frozen=True, slots=True)
class CompiledStates:
    """A low state and the state files that it came from."""

    chunks: Sequence[LowChunk]
    sls: Sequence[str]


class OwnFacts(Protocol):
    """The facts that commands set on this peel."""

    async def change(self, edit: Callable[[dict[str, Any]], None], *, test: bool) -> None:
        """Have ``edit`` change what was set before, keep it, and collect all facts anew.

        With ``test`` nothing is kept. Raises FactError, HostError.
        """
        ...

    async def collect(self) -> None:
        """Collect all facts anew, also those that programs tell."""
        ...


class Surroundings(Protocol):
    """The peel as an execution function sees it."""

    @property
    def host(self) -> Host: ...

    @property
    def jobs(self) -> RunningJobs: ...

    @property
    def states(self) -> States: ...

    @property
    def facts(self) -> Mapping[str, Any]: ...

    @property
    def own_facts(self) -> OwnFacts: ...

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
