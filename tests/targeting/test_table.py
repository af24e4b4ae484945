"""The table of targets, asked of the matcher and of the index of a fleet."""

from __future__ import annotations

from random import Random

import pytest

from support.targets import Case, cases, fleet, groups, mistakes
from zester.errors import TargetError
from zester.targeting.fleet_index import FleetIndex
from zester.targeting.matcher import match
from zester.targeting.node import NodeView
from zester.targeting.parser import parse_target


@pytest.mark.parametrize("case", cases(), ids=str)
def test_the_matcher_means_the_nodes_of_the_table(case: Case) -> None:
    expression = parse_target(case.target, kind=case.kind)
    assert {node for node, view in fleet().items() if match(expression, view)} == case.means


@pytest.mark.parametrize("case", cases(), ids=str)
def test_the_index_means_the_same_nodes(case: Case) -> None:
    sure, maybe = FleetIndex(fleet().values(), groups()).find(
        parse_target(case.target, kind=case.kind)
    )
    assert sure <= case.means <= sure | maybe
    assert not maybe or "tier" in case.target or "I@" in case.target


@pytest.mark.parametrize(("target", "column"), mistakes())
def test_the_column_of_a_mistake_is_known(target: str, column: int) -> None:
    with pytest.raises(TargetError) as caught:
        parse_target(target)
    assert caught.value.at is not None
    assert caught.value.at.column == column
    assert caught.value.excerpt is not None
    assert caught.value.excerpt.split("\n")[1] == " " * (column - 1) + "^"


def test_a_group_that_contains_itself_is_an_error_of_the_index_too() -> None:
    with pytest.raises(TargetError, match="contains itself"):
        FleetIndex(fleet().values(), groups()).find(parse_target("N@loop"))


def test_an_index_of_nobody_means_nobody() -> None:
    assert FleetIndex(()).find(parse_target("not web*")) == (frozenset(), frozenset())


def test_an_index_that_nodes_come_to_change_in_and_leave_means_what_a_new_one_means() -> None:
    chance, index = Random(6), FleetIndex()  # noqa: S311 - the same turns in every run
    there: dict[str, NodeView] = {}
    views = list(fleet().values())
    for turn in range(400):
        one, other = chance.choice(views), chance.choice(views)
        if chance.random() < 0.3:
            there.pop(one.id, None)
            index.drop(one.id)
        else:  # it says what another one says
            there[one.id] = NodeView(one.id, other.facts, labels=other.labels)
            index.put(there[one.id])
        if turn % 20 == 0:
            fresh = FleetIndex(there.values())
            assert len(index) == len(there)
            for case in cases():
                expression = parse_target(case.target, kind=case.kind)
                assert index.find(expression, groups()) == fresh.find(expression, groups())
    assert {node for node in fleet() if index.get(node)} == set(there)
