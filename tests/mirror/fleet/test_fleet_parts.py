"""Names, budgets and authors of what the mirror shows of machines."""

from __future__ import annotations

import pytest

from zester_controller.mirror.fleet.authorship import said_by
from zester_controller.mirror.fleet.budget import Budget
from zester_controller.mirror.fleet.naming import enrollment_name, peel_name
from zester_controller.mirror.objects.key import ObjectKey

pytestmark = pytest.mark.anyio


class Time:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize(
    ("node", "name"),
    [
        ("web-01.example.com", "web-01.example.com"),
        ("10.0.0.1", "10.0.0.1"),
        ("Web", "web-"),
        ("a:b@c", "a-b-c-"),
        ("a-.b", "a.b-"),
        ("x" * 255, "x" * 200 + "-"),
    ],
)
def test_a_name_is_the_id_or_tells_that_it_is_not(node: str, name: str) -> None:
    found = peel_name(node)

    assert found.startswith(name)
    assert (found == name) is (found == node)
    assert len(found) <= 253
    assert peel_name(node) == found


def test_two_keys_of_one_id_have_two_names() -> None:
    assert enrollment_name("web-1", "UA") != enrollment_name("web-1", "UB")
    assert enrollment_name("web-1", "UA").startswith("web-1-")


def conditions(*reasons: str) -> dict[str, object]:
    found = [{"type": "Ready", "status": "False", "reason": reason} for reason in reasons]
    return {"conditions": found}


async def test_turns_are_written_at_once_and_numbers_once_a_minute() -> None:
    time = Time()
    budget = Budget(time, sleep=time.sleep)
    well, ill = conditions("Converged"), conditions("StatesFailed")
    await budget.take("web-1")

    assert budget.wait("web-1", well, ill) == 0
    assert budget.wait("web-1", well, {**well, "counts": {"failed": 1}}) == pytest.approx(60)
    time.now += 45
    assert budget.wait("web-1", well, {**well, "lastSeenTime": "later"}) == pytest.approx(15)
    time.now += 15
    assert budget.wait("web-1", well, {**well, "counts": {"failed": 1}}) == 0
    assert budget.wait("web-2", well, {**well, "counts": {"failed": 1}}) == 0


async def test_a_fleet_writes_no_more_than_its_share() -> None:
    time = Time()
    budget = Budget(time, rate=100, sleep=time.sleep)
    began = time.now

    for number in range(1000):
        await budget.take(f"web-{number}")

    assert time.now - began == pytest.approx(9.0, abs=0.1)


def test_the_author_is_who_wrote_the_field_last_as_far_as_the_object_tells() -> None:
    key = ObjectKey("peels", "web", "db-1")
    mode: dict[str, object] = {"f:spec": {"f:mode": {}}}
    fields = [
        {"manager": "argocd", "time": "2026-01-01T00:00:00Z", "fieldsV1": mode},
        {"manager": "kubectl-edit", "time": "2026-01-02T00:00:00Z", "fieldsV1": mode},
        {"manager": "other", "time": "2026-01-03T00:00:00Z", "fieldsV1": {"f:metadata": {}}},
    ]

    told = said_by("prod", key, {"metadata": {"managedFields": fields}}, "mode")

    assert told == "kube/prod Peel web/db-1 (kubectl-edit)"
    assert said_by("prod", key, {"metadata": {}}, "mode") == "kube/prod Peel web/db-1"
    strange = [{"manager": "a\nb", "time": "", "fieldsV1": mode}]
    assert "a?b" in said_by("prod", key, {"metadata": {"managedFields": strange}}, "mode")
