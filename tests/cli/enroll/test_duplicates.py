"""What ``zester enroll list`` says of a peel that seems to be two machines."""

from __future__ import annotations

import pytest

from zester.bus.fleet import PeelView
from zester.cli.enroll.list import duplicate
from zester.resources.nodes.status import Condition, PeelStatus


def view(*, live: bool, kind: str) -> PeelView:
    told = {"type": kind, "status": "True", "reason": "TwoInstances", "message": "two", "since": 1}
    conditions = (Condition.model_validate(told),)
    status = PeelStatus(
        id="web-01", env="base", version="1", conditions=conditions, started=1, updated=1
    )
    return PeelView("web-01", status, live=live, seen=1.0)


def test_two_live_instances_of_a_peel_are_the_first_thing_to_know() -> None:
    assert duplicate(view(live=True, kind="DuplicateIdentity")) == "DuplicateIdentity: two"


@pytest.mark.parametrize(
    "seen",
    [
        None,
        view(live=False, kind="DuplicateIdentity"),
        view(live=True, kind="Stale"),
        PeelView("web-01", None, live=True, seen=1.0),
    ],
)
def test_silence_and_other_conditions_are_no_duplicates(seen: PeelView | None) -> None:
    assert duplicate(seen) == ""
