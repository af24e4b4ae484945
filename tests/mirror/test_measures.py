"""The mirror tells of its own work."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.kubernetes.mirrored import Mirrored
from zester.telemetry.metrics import Metrics
from zester_controller.mirror.cluster.watch import Seen
from zester_controller.mirror.objects.store import ObjectStore
from zester_controller.mirror.report import measures
from zester_controller.mirror.report.measures import Measures

pytestmark = pytest.mark.anyio


async def test_a_mirror_counts_what_it_does(
    cluster: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measures, "EVERY", 0.2)
    told = cluster.metrics
    async with cluster.running():
        await cluster.apply("StateTree", "web", {"files": {"states/web.zy": "{}\n"}})
        await cluster.becomes("StateTree", "web", "Published")
        assert told.mirror_reconciles.value(kind="namespace", result="ok") > 0
        assert told.mirror_reconcile_duration.count(kind="namespace") > 0
        assert told.mirror_queue_wait.count() > 0
        assert told.mirror_status_writes.value(result="written") > 0
        assert told.mirror_events.value(kind="statetrees") > 0


def test_what_is_is_counted_by_kind_and_never_by_name() -> None:
    now = [100.0]
    told, store = Metrics(), ObjectStore()
    found = Measures(told, store, lambda: now[0])
    conditions = [{"type": "Ready", "status": "True"}]
    for name in ("one", "two"):
        body = {
            "metadata": {"name": name, "namespace": "web", "uid": name, "resourceVersion": "1"},
            "status": {"conditions": conditions},
        }
        store.see(Seen("statetrees", body))
    found.heard("statetrees")
    now[0] += 70

    found.count(3)

    assert told.mirror_objects.value(kind="statetrees") == 2
    assert told.mirror_objects.value(kind="peels") == 0
    assert told.mirror_conditions.value(kind="statetrees", type="Ready", status="True") == 2
    assert told.mirror_watch_age.value(kind="statetrees") == 70
    assert told.mirror_queue_depth.value() == 3
    labels = {label for each in told.instruments() for label in each.labels}
    assert not labels & {"name", "namespace", "node", "object"}


def test_every_metric_of_the_mirror_is_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs/operating.md").read_text()
    names = [each.name for each in Metrics().instruments() if "_mirror_" in each.name]

    assert len(names) > 10
    assert [name for name in names if f"`{name}`" not in page] == []
