"""Units of systemd where its bus cannot be reached; the rest needs a host that boots."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from zester_peel.engine.watch import Watch
from zester_peel.sensors.units import UnitSensor, unit_name

pytestmark = pytest.mark.anyio

NGINX = Watch("unit", "nginx.service")


def test_unit_names_are_read_from_object_paths() -> None:
    path = "/org/freedesktop/systemd1/unit/getty_40tty1_2dx_5f_2eservice"
    assert unit_name(path) == "getty@tty1-x_.service"


async def test_without_a_bus_units_are_polled_and_it_says_so(tmp_path: Path) -> None:
    sensor = UnitSensor(poll_interval=0.01, socket=str(tmp_path / "none"))
    news = anyio.Event()
    told: list[Watch] = []

    def emit(watch: Watch) -> None:
        told.append(watch)
        if len(told) > 2:
            news.set()

    async with anyio.create_task_group() as tasks:
        await tasks.start(sensor.run, emit)
        assert sensor.degraded is None  # nothing is watched
        sensor.set(frozenset({NGINX, Watch("path", "/etc/motd")}))
        with anyio.fail_after(10):
            await news.wait()
        tasks.cancel_scope.cancel()
    assert set(told) == {NGINX}
    assert sensor.degraded is not None
    assert sensor.degraded.startswith("1 units are polled every 0.01 s: ")
    assert "none" in sensor.degraded
