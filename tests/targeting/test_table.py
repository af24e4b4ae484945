"""The table of targets, asked of the matcher and of the index of a fleet."""

from __future__ import annotations

import pytest

from support.targets import Case, cases, fleet, groups, mistakes
from zester.errors import TargetError
from zester.targeting.fleet_index import FleetIndex
from zester.targeting.matcher import match
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
