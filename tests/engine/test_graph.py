"""The order of states: requisites first, resources where possible."""

from __future__ import annotations

import random

import anyio.lowlevel
import pytest

from zester_peel.engine.graph import Cycle, Graph, Needs, build_graph
from zester_peel.engine.run.ready import ReadyQueue
from zester_peel.engine.state import EVERYTHING

pytestmark = pytest.mark.anyio


def before(graph: Graph, first: int, second: int) -> bool:
    """Tell whether the graph makes the second wait for the first, directly or not."""
    pending, seen = [second], set()
    while pending:
        here = pending.pop()
        if here == first:
            return True
        if here not in seen:
            seen.add(here)
            pending.extend(graph.waits[here])
    return False


def lock(*names: str) -> Needs:
    return Needs(locks=names)


async def walk(
    graph: Graph, members: set[int] | None = None, concurrency: int = 4
) -> tuple[list[int], int]:
    """Return the positions in the order they started, and how many were busy at most."""
    started: list[int] = []
    busy, most = 0, 0

    async def visit(positions: tuple[int, ...]) -> None:
        (position,) = positions
        nonlocal busy, most
        started.append(position)
        busy += 1
        most = max(most, busy)
        for _ in range(3):
            await anyio.lowlevel.checkpoint()
        busy -= 1

    await ReadyQueue(graph, members, visit).run(concurrency)
    return started, most


async def test_definition_order_breaks_ties() -> None:
    graph = build_graph([(3,), (), (), ()], [Needs()] * 4)
    assert (await walk(graph, concurrency=1))[0] == [1, 2, 3, 0]


async def test_independent_states_run_together_but_not_all_at_once() -> None:
    graph = build_graph([()] * 50, [Needs()] * 50)
    started, most = await walk(graph, concurrency=8)
    assert sorted(started) == list(range(50))
    assert most == 8


async def test_a_finished_state_frees_the_next_without_waiting_for_its_level() -> None:
    graph = build_graph([(), (), (0,)], [Needs()] * 3)
    slow = anyio.Event()
    seen: list[int] = []

    async def visit(positions: tuple[int, ...]) -> None:
        (position,) = positions
        if position == 1:
            await slow.wait()
        if position == 2:
            slow.set()
        seen.append(position)

    with anyio.fail_after(30):
        await ReadyQueue(graph, None, visit).run(2)
    assert seen == [0, 2, 1]


def test_a_circle_of_requisites_is_named() -> None:
    with pytest.raises(Cycle) as caught:
        build_graph([(), (3,), (1,), (2,), (1,)], [Needs()] * 5)
    assert caught.value.positions == (1, 3, 2, 1)
    with pytest.raises(Cycle) as caught:
        build_graph([(0,)], [Needs()])
    assert caught.value.positions == (0, 0)


def test_holders_of_one_lock_go_in_definition_order() -> None:
    graph = build_graph([()] * 4, [lock("a"), lock("b"), lock("a", "b"), lock("a")])
    assert before(graph, 0, 2)
    assert before(graph, 1, 2)
    assert before(graph, 2, 3)
    assert not before(graph, 0, 1)


def test_a_requisite_outweighs_the_order_of_a_lock() -> None:
    graph = build_graph([(1,), ()], [lock("a"), lock("a")])
    assert before(graph, 1, 0)


def test_nothing_runs_beside_a_state_that_locks_everything() -> None:
    graph = build_graph([()] * 5, [Needs(), Needs(), lock(EVERYTHING), Needs(), Needs()])
    assert all(before(graph, each, 2) for each in (0, 1))
    assert all(before(graph, 2, each) for each in (3, 4))
    assert not before(graph, 0, 1)


def test_what_provides_a_resource_comes_first_even_when_defined_later() -> None:
    graph = build_graph([()] * 2, [Needs(requires=("d",)), Needs(provides=("d",), locks=("d",))])
    assert before(graph, 1, 0)


def test_implied_order_yields_to_requisites_and_commands() -> None:
    needs = [Needs(requires=("d",)), lock(EVERYTHING), Needs(provides=("d",), locks=("d",))]
    graph = build_graph([()] * 3, needs)
    assert before(graph, 0, 1)
    assert before(graph, 1, 2)
    graph = build_graph([(), (0,)], [Needs(requires=("d",)), Needs(provides=("d",))])
    assert before(graph, 0, 1)


def test_what_removes_a_resource_keeps_its_place_among_those_who_need_it() -> None:
    needs = [Needs(requires=("d",)), lock("d"), Needs(requires=("d",))]
    graph = build_graph([()] * 3, needs)
    assert before(graph, 0, 1)
    assert before(graph, 1, 2)


async def test_order_holds_across_states_that_are_left_out() -> None:
    graph = build_graph([()] * 3, [lock("a")] * 3)
    started, most = await walk(graph, {0, 2})
    assert started == [0, 2]
    assert most == 1
    assert (await walk(graph, set()))[0] == []


@pytest.mark.parametrize("seed", range(20))
async def test_random_graphs_are_walked_completely_and_in_order(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    size = 60
    wanted = [
        tuple(chance.sample(range(each), min(each, chance.randrange(3)))) for each in range(size)
    ]
    shuffled = list(range(size))
    chance.shuffle(shuffled)
    wanted = [tuple(shuffled[w] for w in wanted[shuffled.index(each)]) for each in range(size)]
    resources = "abcdefgh"
    needs = [
        Needs(
            requires=tuple(chance.sample(resources, chance.randrange(2))),
            provides=tuple(chance.sample(resources, chance.randrange(2))),
            locks=(*chance.sample(resources, chance.randrange(3)), *chance.choice([(), ("*",)])),
        )
        for _ in range(size)
    ]
    graph = build_graph(wanted, needs)
    started, most = await walk(graph)
    assert sorted(started) == list(range(size))
    assert most <= 4
    place = {position: index for index, position in enumerate(started)}
    assert all(place[w] < place[each] for each in range(size) for w in wanted[each])
    for resource in resources:
        holders = [each for each in range(size) if resource in needs[each].locks]
        assert all(
            before(graph, a, b) or before(graph, b, a) for a in holders for b in holders if a != b
        )


def test_what_is_defined_after_a_foundation_comes_after_it_and_nothing_before_it() -> None:
    plain, package = Needs(), Needs(provides=(EVERYTHING,), locks=("packages",))
    graph = build_graph([()] * 5, [plain, package, plain, package, plain])
    assert before(graph, 1, 2)
    assert before(graph, 1, 3)
    assert before(graph, 3, 4)
    assert not before(graph, 0, 1)
    assert not before(graph, 2, 3)


def test_a_requirement_with_a_star_means_what_was_defined_earlier_and_starts_like_it() -> None:
    asking = Needs(requires=("path:/etc/apt/*",))
    needs = [Needs(provides=("path:/etc/apt/a",)), Needs(provides=("path:/etc/b",)), asking]
    graph = build_graph([()] * 4, [*needs, Needs(provides=("path:/etc/apt/late",))])
    assert before(graph, 0, 2)
    assert not before(graph, 1, 2)
    assert not before(graph, 3, 2)
