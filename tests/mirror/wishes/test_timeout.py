"""``timeout`` of one object: how long its peels may take."""

from __future__ import annotations

import time
from typing import Any

import pytest

from support.machines.followed import TOP, Followed
from zester_controller.mirror.objects.key import ObjectKey
from zester_controller.mirror.plan.candidate import Candidate
from zester_controller.mirror.report.patience import overdue
from zester_controller.mirror.report.since import Revision

pytestmark = pytest.mark.anyio

NOW = 2_000_000_000.0


def late(status: dict[str, Any], born: float, **spec: object) -> str:
    body = {
        "apiVersion": "zester.dev/v1alpha1",
        "metadata": {"name": "web", "namespace": "web", "uid": "1", "generation": 1},
        "spec": {"files": {"states/a.zy": ""}, **spec},
        "status": status,
    }
    candidate = Candidate.read(ObjectKey("statetrees", "web", "web"), body)
    assert candidate.resource is not None, candidate.problem
    return overdue(candidate, body, Revision(7, "m", born), NOW)


def said(status: str, reason: str, ago: float, revision: int = 7) -> dict[str, Any]:
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(NOW - ago))
    ready = {"type": "Ready", "status": status, "reason": reason, "lastTransitionTime": when}
    return {"publishedRevision": revision, "conditions": [ready]}


@pytest.mark.parametrize(
    ("status", "born", "found"),
    [
        ({}, 0, ""),
        (said("Unknown", "Progressing", 400), 400, "5m"),
        (said("Unknown", "Progressing", 200), 400, ""),
        (said("Unknown", "PeelsSilent", 90_000), 400, "5m"),
        (said("Unknown", "PeelsSilent", 90_000), 200, ""),
        (said("Unknown", "Progressing", 90_000, revision=6), 400, ""),
        (said("True", "Published", 90_000), 90_000, ""),
        (said("False", "Timeout", 10), 400, "5m"),
        (said("False", "Timeout", 400, revision=6), 10, ""),
    ],
)
def test_the_time_of_peels_begins_with_their_revision_or_when_they_were_last_right(
    status: dict[str, Any], born: float, found: str
) -> None:
    assert late(status, NOW - born, timeout="5m") == found
    assert late(status, NOW - born) == ""


async def test_a_peel_that_stays_away_too_long_is_told_and_forgiven(followed: Followed) -> None:
    cluster = followed.cluster
    async with cluster.running():
        async with followed.peel():
            await followed.states("web: test.nop\n", timeout="2s")
            await cluster.apply("TopAssignment", "web", TOP)
            assert (await cluster.becomes("StateTree", "web", "Published"))[0] == "True"
            await followed.settled()
        status, _, message = await cluster.becomes("StateTree", "web", "Timeout")
        assert status == "False"
        assert message.endswith("of 1 peels 0 are on their way and 1 silent after 2s")
        assert (await cluster.condition("StateTree", "web", "Stalled"))[:2] == ("True", "Timeout")
        assert (await cluster.condition("TopAssignment", "web"))[:2] == ("Unknown", "PeelsSilent")
        async with followed.peel():
            assert (await cluster.becomes("StateTree", "web", "Published"))[0] == "True"
            assert (await cluster.condition("StateTree", "web", "Stalled"))[0] == ""
