"""States of one kind that act with one call."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, ConfigDict

from zester.compiler.lowstate import LowChunk
from zester.errors import At, StateError, TransientError
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause, RunResult
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.host.linux import LinuxHost
from zester_peel.host.protocol import Host, HostReader

pytestmark = pytest.mark.anyio


class ItemSpec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: str = "x"


class Item(State[ItemSpec, bool]):
    """Something that a manager makes, several at once; ``bad`` ones cannot be made."""

    function: ClassVar[str] = "item.made"
    spec = ItemSpec

    def __init__(self) -> None:
        self.made: set[str] = set()
        self.calls: list[list[str]] = []
        self.surveys: list[list[str]] = []
        self.busy = False

    def locks(self, spec: ItemSpec) -> Iterable[str]:
        return ("items",)

    def bundle(self, spec: ItemSpec) -> Hashable:
        return spec.kind

    async def survey(self, host: HostReader, specs: Sequence[ItemSpec]) -> None:
        self.surveys.append([spec.name for spec in specs])

    async def observe(self, host: HostReader, spec: ItemSpec) -> bool:
        return spec.name in self.made

    def plan(self, spec: ItemSpec, observed: bool | None) -> Plan:
        return Plan() if observed else Plan({spec.name: "made"})

    async def apply(self, host: Host, spec: ItemSpec, plan: Plan) -> Applied | None:
        return (await self.apply_together(host, [(spec, plan)]))[0]

    async def apply_together(
        self, host: Host, wishes: Sequence[tuple[ItemSpec, Plan]]
    ) -> Sequence[Applied | None]:
        names = [spec.name for spec, _ in wishes]
        self.calls.append(names)
        if self.busy:
            raise TransientError("busy")
        if any(name.startswith("bad") for name in names):
            raise StateError("cannot make that")
        self.made.update(names)
        return [Applied(comment=f"made {name}") for name in names]


class Other(Item):
    function: ClassVar[str] = "other.made"


class Bench:
    def __init__(self, root: Path) -> None:
        self.item, self.other = Item(), Other()
        registry = {state.function: state for state in (self.item, self.other)}
        self.engine = Engine(LinuxHost(root), registry, None)  # type: ignore[arg-type]  # no tree

    async def run(
        self,
        *states: str | dict[str, Any],
        test: bool = False,
        only: frozenset[str] | None = None,
    ) -> RunResult:
        """Run states: ``"a"`` = item.made, a map has more to say."""
        chunks = []
        for number, each in enumerate(states):
            about: dict[str, Any] = {"id": each} if isinstance(each, str) else dict(each)
            name = about.pop("id")
            chunks.append(
                LowChunk(
                    state=about.pop("state", "item"),
                    fun="made",
                    name=name,
                    id=name,
                    sls="it",
                    env="base",
                    at=At("it.sls", number + 1),
                    order=number,
                    requisites=about.pop("requisites", {}),
                    args=about,
                )
            )
        program = self.engine.program(chunks)
        return await self.engine.run(program, cause=Cause.REVISION, test=test, only=only)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def test_states_that_are_ready_together_act_with_one_call(bench: Bench) -> None:
    result = await bench.run(*(f"i{number}" for number in range(40)))

    assert bench.item.calls == [[f"i{number}" for number in range(40)]]
    assert bench.item.surveys == bench.item.calls
    assert [outcome.comment for outcome in result.outcomes[:1]] == ["made i0"]
    assert all(outcome.result is True and outcome.changes for outcome in result.outcomes)


async def test_what_is_there_already_does_not_act(bench: Bench) -> None:
    bench.item.made.add("b")
    result = await bench.run("a", "b", "c")

    assert bench.item.calls == [["a", "c"]]
    assert [bool(outcome.changes) for outcome in sorted(result.outcomes, key=lambda o: o.id)] == [
        True,
        False,
        True,
    ]
    again = await bench.run("a", "b", "c")
    assert (len(bench.item.calls), again.changed) == (1, ())


async def test_a_bad_one_fails_alone(bench: Bench) -> None:
    result = await bench.run(*(f"i{number}" for number in range(7)), "bad", "last")

    assert [outcome.id for outcome in result.failed] == ["bad"]
    assert result.failed[0].comment == "cannot make that"
    assert bench.item.made == {*(f"i{number}" for number in range(7)), "last"}


async def test_a_busy_manager_is_not_asked_for_each(bench: Bench) -> None:
    bench.item.busy = True
    result = await bench.run("a", "b", "c")

    assert len(bench.item.calls) == 1
    assert [outcome.comment for outcome in result.failed] == ["busy"] * 3


async def test_test_mode_acts_for_none(bench: Bench) -> None:
    result = await bench.run("a", "b", test=True)

    assert (bench.item.calls, [outcome.result for outcome in result.outcomes]) == ([], [None, None])


async def test_one_that_needs_another_comes_after_it(bench: Bench) -> None:
    await bench.run("a", {"id": "b", "requisites": {"require": (("item", "a"),)}}, "c")

    assert bench.item.calls == [["a"], ["b", "c"]]


async def test_one_that_needs_a_bad_one_does_not_act(bench: Bench) -> None:
    result = await bench.run("bad", {"id": "b", "requisites": {"require": (("item", "bad"),)}}, "c")

    assert {outcome.id for outcome in result.failed} == {"bad", "b"}
    assert bench.item.made == {"c"}


async def test_other_kinds_and_other_functions_keep_their_place(bench: Bench) -> None:
    await bench.run("a", "b", {"id": "c", "kind": "y"}, {"id": "o", "state": "other"}, "d", "e")

    assert bench.item.calls == [["a", "b"], ["c"], ["d", "e"]]
    assert bench.other.calls == [["o"]]


async def test_of_some_states_only_those_act(bench: Bench) -> None:
    only = frozenset({"item.made:a", "item.made:d"})
    result = await bench.run("a", "b", {"id": "c", "kind": "y"}, "d", "e", only=only)

    assert bench.item.calls == [["a", "d"]]
    assert {outcome.id for outcome in result.outcomes} == {"a", "d"}
