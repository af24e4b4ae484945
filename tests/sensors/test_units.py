"""Units of systemd where its bus cannot be reached; the rest needs a host that boots."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from zester_peel.engine.watch import Watch
from zester_peel.sensors.units import UnitSensor, proper_name, unit_name

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
        with anyio.fail_after(30):
            await news.wait()
        tasks.cancel_scope.cancel()
    assert set(told) == {NGINX}
    assert sensor.degraded is not None
    assert sensor.degraded.startswith("1 units are polled every 0.01 s: ")
    assert "none" in sensor.degraded


def test_the_proper_name_of_an_alias_is_where_its_link_leads(tmp_path: Path) -> None:
    etc, lib = tmp_path / "etc", tmp_path / "lib"
    for folder in (etc, lib):
        folder.mkdir()
    (lib / "ssh.service").write_text("")
    (etc / "sshd.service").symlink_to(lib / "ssh.service")
    (etc / "secure.service").symlink_to("sshd.service")
    (etc / "off.service").symlink_to("/dev/null")
    (etc / "loop.service").symlink_to("pool.service")
    (etc / "pool.service").symlink_to("loop.service")
    (etc / "get@one.service").symlink_to(lib / "get@.service")

    for unit, proper in {
        "ssh.service": "ssh.service",
        "sshd.service": "ssh.service",
        "secure.service": "ssh.service",
        "off.service": "off.service",
        "loop.service": "loop.service",
        "get@one.service": "get@one.service",
        "none.service": "none.service",
    }.items():
        assert proper_name(unit, (etc, lib)) == proper
