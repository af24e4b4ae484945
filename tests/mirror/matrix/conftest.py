"""A cluster with the chart's roles, and mirrors that can be killed; one namespace an operation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mirror.matrix.operations import OPERATIONS
from mirror.matrix.roles import MASTER
from support.chart.rights import charted
from support.kubernetes.mirrored import Mirrored, mirrored
from support.kubernetes.objects.builtin import NAMESPACE
from zester.bus.link.connection import Bus
from zester_controller.mirror.cluster.stream_watch import Pace
from zester_controller.mirror.objects.key import PUBLISHED

PACE = Pace(idle=2.0, absent=60.0, first=0.1, ceiling=0.5)
"""As in use, but a fiftieth."""


@pytest.fixture
async def cluster(bus: Bus, tmp_path: Path) -> AsyncIterator[Mirrored]:
    """No mirror runs yet. Whoever was refused something by the roles fails the test.

    Of our kinds the cluster has those that become files.
    """
    async with mirrored(bus, tmp_path, bookmark_every=PACE.idle / 4, plurals=PUBLISHED) as made:
        made.user = charted(made.api)
        assert made.user == MASTER
        made.pace = PACE
        for name in OPERATIONS:
            await made.space(name)
        yield made
        there = {each["metadata"]["name"] for each in made.api.cluster.store.all(NAMESPACE.shelf)}
        # Nothing can be made in a namespace that goes, whoever asks.
        denied = [each for each in made.api.record.denied() if each.ask.namespace in {"", *there}]
        assert denied == []
        agents = {each.media for each in made.api.record.of(MASTER.name, verb="patch")}
        assert agents <= {"application/apply-patch+yaml"}
