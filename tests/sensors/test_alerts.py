"""What sensors hear by name, and when they pass it on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest

from zester_peel.engine.watch import Watch
from zester_peel.sensors.alerts import Alerts

pytestmark = pytest.mark.anyio

NGINX = Watch("unit", "nginx.service")
CRON = Watch("unit", "cron.service")


@asynccontextmanager
async def passing(alerts: Alerts) -> AsyncIterator[list[Watch]]:
    told: list[Watch] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(alerts.pass_on, told.append)
        yield told
        tasks.cancel_scope.cancel()


@pytest.fixture
def alerts() -> Alerts:
    made = Alerts("unit")
    made.set({NGINX, CRON, Watch("path", "/etc/motd")})
    return made


async def test_what_is_heard_is_passed_on_once(alerts: Alerts) -> None:
    async with passing(alerts) as told:
        alerts.hear(("nginx.service", "nginx.service"))
        alerts.hear(("nginx.service",))
        await anyio.wait_all_tasks_blocked()
        assert told == [NGINX]
        alerts.hear(("nginx.service",))
        await anyio.wait_all_tasks_blocked()
        assert told == [NGINX, NGINX]


async def test_only_watches_of_its_kind_count(alerts: Alerts) -> None:
    assert len(alerts) == 2
    async with passing(alerts) as told:
        alerts.hear(("/etc/motd", "ssh.service"))
        await anyio.wait_all_tasks_blocked()
        assert told == []
        alerts.hear_all()
        await anyio.wait_all_tasks_blocked()
        assert set(told) == {NGINX, CRON}


async def test_what_is_held_is_passed_on_after_its_last_hold(alerts: Alerts) -> None:
    async with passing(alerts) as told:
        alerts.hold(("nginx.service",))
        alerts.hold(("nginx.service",))
        alerts.hear_all()
        await anyio.wait_all_tasks_blocked()
        assert told == [CRON]
        alerts.release(("nginx.service",))
        await anyio.wait_all_tasks_blocked()
        assert told == [CRON]
        alerts.release(("nginx.service",))
        await anyio.wait_all_tasks_blocked()
        assert told == [CRON, NGINX]


async def test_a_hold_alone_says_nothing(alerts: Alerts) -> None:
    async with passing(alerts) as told:
        alerts.hold(("nginx.service",))
        alerts.release(("nginx.service",))
        await anyio.wait_all_tasks_blocked()
        assert told == []


async def test_what_is_no_longer_watched_is_forgotten(alerts: Alerts) -> None:
    alerts.hear_all()
    alerts.set({CRON})
    async with passing(alerts) as told:
        await anyio.wait_all_tasks_blocked()
        assert told == [CRON]
