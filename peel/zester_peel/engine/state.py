"""The contract that every state function fulfils.

The engine runs observe → plan → (test mode stops here) → apply → observe, and the second plan must
be empty. A state never decides about dry runs, and ``observe`` gets a host it cannot write to.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar

from pydantic import BaseModel

from zester.dataclass import dataclass
from zester_peel.engine.backend import Backend
from zester_peel.engine.content import Sources
from zester_peel.engine.run.belongings import Made
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader, Signature

EVERYTHING = "*"
"""The lock of a state whose effects cannot be known, such as a command's."""

SpecT = TypeVar("SpecT", bound=BaseModel)
ObservedT = TypeVar("ObservedT")


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to change; empty = nothing.

    ``changes`` is what is shown to people and machines (Salt's ``changes``), ``comment`` one line.
    """

    changes: Mapping[str, Any] = field(default_factory=dict)
    comment: str = ""

    def __bool__(self) -> bool:
        return bool(self.changes)


@dataclass(frozen=True, slots=True)
class Applied:
    """What ``apply`` found out that the plan could not know (a command's output).

    ``changes`` replaces the plan's when not None, ``comment`` when not empty. ``result`` False = it
    acted, and what it did failed all the same (a command's exit code).
    """

    changes: Mapping[str, Any] | None = None
    comment: str = ""
    result: bool = True


class Proof(NamedTuple):
    """All that ``observe`` depends on, found without looking into it.

    ``found`` is compared: parts of signatures, numbers of accounts. ``signatures`` are those of
    the watched paths.
    """

    signatures: Mapping[str, Signature | None]
    found: Hashable

    @property
    def mark(self) -> int:
        """Tell it from another one of this process."""
        return hash(self.found)


class State(Protocol[SpecT, ObservedT]):
    """One state function, for example ``file.managed``: a class that derives from this one.

    ``imperative`` states act each time they are asked and cannot be observed afterwards
    (``cmd.run``): the engine does not look for an empty second plan, and a drift or resync run
    leaves them alone unless a ``watch`` or ``onchanges`` of theirs fired. ``reactive`` states do
    nothing at all until a ``watch`` fires (``cmd.wait``). Without its ``backend`` a state fails
    before anything runs.
    """

    function: ClassVar[str]
    imperative: ClassVar[bool] = False
    reactive: ClassVar[bool] = False
    backend: ClassVar[Backend | None] = None
    spec: type[SpecT]

    async def resolve(self, spec: SpecT, sources: Sources, *, sls: str) -> SpecT:
        """Return the spec with content from the tree filled in; never looks at the host.

        ``sls`` is the state file the state comes from, for templates that ask.
        """
        return spec

    def lasting(self, spec: SpecT) -> bool:
        """Tell whether ``resolve`` depends on nothing but the spec and what the sources give."""
        return type(self).resolve is State.resolve

    def beside(self, spec: SpecT, provided: Sequence[str]) -> SpecT:
        """Return the spec knowing what all states of the program provide, sorted; pure."""
        return spec

    def requires(self, spec: SpecT) -> Iterable[str]:
        """Return resources that this state needs and others may provide: ``path:/etc``.

        With ``*`` at the end: everything defined earlier that provides one that starts like it.
        """
        return ()

    def provides(self, spec: SpecT) -> Iterable[str]:
        """Return resources that exist once this state holds; who requires one comes later.

        ``EVERYTHING`` = more than can be told (a package's files, users, services): everything
        that is defined after this state comes after it.
        """
        return ()

    def locks(self, spec: SpecT) -> Iterable[str]:
        """Return resources that no other state may hold at the same time: ``path:/etc/motd``.

        Holders of one resource run one after the other in definition order. ``EVERYTHING`` =
        nothing may run beside this state: everything defined before it comes before it.
        """
        return ()

    def makes(self, spec: SpecT) -> Iterable[Made]:
        """Return what this state makes where nothing is, and what can be taken away with it."""
        return ()

    def watches(self, spec: SpecT) -> Iterable[Watch]:
        """Return what would reveal drift."""
        return ()

    def bundle(self, spec: SpecT) -> Hashable | None:
        """Return what states of this function have in common that may act with one call.

        They have to share a lock, so that those that are ready together follow each other.
        """
        return None

    async def survey(self, host: HostReader, specs: Sequence[SpecT]) -> None:
        """Look at what these specs will ask for, just before each is observed on its own."""
        return None

    def roams(self, spec: SpecT) -> bool:
        """Tell whether ``watches`` is to be asked again once the state has run."""
        return False

    def proof(self, host: HostReader, spec: SpecT) -> Proof | None:
        """Return what is the same for as long as ``observe`` would find the same.

        None where only ``observe`` can tell, or what was found is too young for its time stamps to
        mean anything. No command, no content: it is asked of every state whenever a revision comes
        that leaves the state as it was. Raises HostError.
        """
        return None

    async def observe(self, host: HostReader, spec: SpecT) -> ObservedT | None:
        """Return what is there, None when absent; raises HostError when it cannot be told."""
        ...

    def plan(self, spec: SpecT, observed: ObservedT | None) -> Plan:
        """Compare; pure. Raises StateError when the wish cannot be fulfilled from here."""
        ...

    async def apply(self, host: Host, spec: SpecT, plan: Plan) -> Applied | None:
        """Make it so. Raises StateError or HostError."""
        ...

    def refreshing(self, spec: SpecT, observed: ObservedT | None) -> Plan:
        """Return what a ``watch`` that fired asks for beyond ``plan``; pure.

        ``observed`` is what ``plan`` saw: a service that is running has to be restarted, one that
        ``plan`` will start has not. Empty = nothing, as for states that only have to hold.
        """
        return Plan()

    async def refresh(self, host: Host, spec: SpecT, plan: Plan) -> Applied | None:
        """Carry out what ``refreshing`` planned, after ``apply``. Raises StateError, HostError."""
        return None

    async def apply_together(
        self, host: Host, wishes: Sequence[tuple[SpecT, Plan]]
    ) -> Sequence[Applied | None]:
        """Make all of one bundle so; one result each. What fails is tried again by halves."""
        return [await self.apply(host, spec, plan) for spec, plan in wishes]
