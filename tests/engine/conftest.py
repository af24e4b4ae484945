"""States without a machine: boxes that hold a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import anyio
import pytest
from pydantic import BaseModel, ConfigDict

from support.machines.no_files import NoFiles
from zester.compiler.lowstate import OPTIONS, LowChunk
from zester.errors import At, HostError, StateError
from zester_peel.engine.converge import Engine
from zester_peel.engine.state import EVERYTHING, Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.linux import LinuxHost
from zester_peel.host.protocol import Host, HostReader

Chunk = Callable[..., LowChunk]


class BoxSpec(BaseModel):
    """A box called ``name`` should hold ``value``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    value: int = 1
    fail: bool = False
    crash: bool = False
    leak: bool = False
    refuse_plan: bool = False
    requires: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    locks: tuple[str, ...] = ()
    watched: str | None = None


class Journal:
    """What happened, in order; ``together`` is how many boxes were being filled at most.

    ``clashes`` counts how often two boxes with one lock were being filled at the same time.
    """

    def __init__(self) -> None:
        self.applied: list[str] = []
        self.observed: list[str] = []
        self.boxes: dict[str, int] = {}
        self.busy: set[str] = set()
        self.together = 0
        self.clashes = 0
        self.refusals: dict[str, int] = {}
        self.held: set[str] = set()
        self.gate: anyio.Event | None = None


class Box(State[BoxSpec, int]):
    """A box that holds a value."""

    function: ClassVar[str] = "box.filled"
    spec = BoxSpec

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    def requires(self, spec: BoxSpec) -> Iterable[str]:
        return spec.requires

    def provides(self, spec: BoxSpec) -> Iterable[str]:
        return spec.provides

    def locks(self, spec: BoxSpec) -> Iterable[str]:
        return spec.locks

    def watches(self, spec: BoxSpec) -> Iterable[Watch]:
        return () if spec.watched is None else (Watch("path", spec.watched, follow=True),)

    async def observe(self, host: HostReader, spec: BoxSpec) -> int | None:
        self.journal.observed.append(spec.name)
        return self.journal.boxes.get(spec.name)

    def plan(self, spec: BoxSpec, observed: int | None) -> Plan:
        if spec.crash:
            raise ZeroDivisionError("a bug")
        if spec.refuse_plan:
            raise StateError("no such user")
        if observed == spec.value:
            return Plan(comment="full")
        return Plan({"value": spec.value}, "to be filled")

    async def apply(self, host: Host, spec: BoxSpec, plan: Plan) -> Applied:
        journal = self.journal
        journal.busy.add(spec.name)
        journal.clashes += not journal.held.isdisjoint(spec.locks)
        journal.held |= set(spec.locks)
        journal.together = max(journal.together, len(journal.busy))
        try:
            if journal.gate is not None:
                await journal.gate.wait()
            await anyio.sleep(0.0001)
        finally:
            journal.held -= set(spec.locks)
            journal.busy.discard(spec.name)
        journal.applied.append(spec.name)
        if spec.fail:
            raise HostError("the lid is shut")
        if journal.refusals.get(spec.name):
            journal.refusals[spec.name] -= 1
            raise HostError("not yet")
        if not spec.leak:
            journal.boxes[spec.name] = spec.value
        return Applied(comment="filled")


class Shout(Box):
    """Acts each time, and alone."""

    function: ClassVar[str] = "shout.out"
    imperative: ClassVar[bool] = True

    def locks(self, spec: BoxSpec) -> Iterable[str]:
        return (EVERYTHING,)

    def plan(self, spec: BoxSpec, observed: int | None) -> Plan:
        return Plan({"shouted": spec.name}, "would shout")


class Whisper(Shout):
    """Acts, and changes nothing by it."""

    function: ClassVar[str] = "shout.quietly"

    async def apply(self, host: Host, spec: BoxSpec, plan: Plan) -> Applied:
        return Applied(changes={})


class Echo(Shout):
    """Acts when what it watches changed."""

    function: ClassVar[str] = "shout.back"
    reactive: ClassVar[bool] = True


class Bell(Box):
    """A box that rings when something it watches has changed while it was full."""

    function: ClassVar[str] = "bell.ready"

    def refreshing(self, spec: BoxSpec, observed: int | None) -> Plan:
        return Plan({"rung": True}, "to be rung") if observed == spec.value else Plan()

    async def refresh(self, host: Host, spec: BoxSpec, plan: Plan) -> Applied:
        self.journal.applied.append(f"ring {spec.name}")
        if spec.fail:
            raise HostError("the clapper is stuck")
        return Applied(comment="rung")


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
def registry(journal: Journal) -> Mapping[str, State[Any, Any]]:
    states = (Box(journal), Bell(journal), Shout(journal), Whisper(journal), Echo(journal))
    return {state.function: state for state in states}


@pytest.fixture
def sources() -> NoFiles:
    return NoFiles()


@pytest.fixture
def engine(tmp_path: Path, registry: Mapping[str, State[Any, Any]], sources: NoFiles) -> Engine:
    return Engine(LinuxHost(tmp_path), registry, sources)


@pytest.fixture
def chunk() -> Chunk:
    """Make chunks in definition order: ``chunk("a", require=[("box", "b")], value=3)``."""
    count = 0

    def make(
        ident: str,
        function: str = "box.filled",
        *,
        name: str | None = None,
        sls: str = "web",
        order: int | None = None,
        **rest: object,
    ) -> LowChunk:
        nonlocal count
        count += 1
        state, fun = function.split(".")
        requisites: dict[str, tuple[tuple[str, str], ...]] = {}
        guards: dict[str, object] = {}
        options: dict[str, object] = {}
        for key in tuple(rest):
            value = rest[key]
            if isinstance(value, list) and all(isinstance(each, tuple) for each in value) and value:
                del rest[key]
                requisites[key] = tuple(value)
            elif key in ("onlyif", "unless", "creates"):
                guards[key] = rest.pop(key)
            elif key in OPTIONS:
                options[key] = rest.pop(key)
        return LowChunk(
            state=state,
            fun=fun,
            name=ident if name is None else name,
            id=ident,
            sls=sls,
            env="base",
            at=At(f"{sls}.sls", count),
            order=9_999 + count if order is None else order,
            args=rest,
            requisites=requisites,
            guards=guards,
            options=options,
        )

    return make
