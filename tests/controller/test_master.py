"""Masters as processes: health, metrics, two at once, and starting before the server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from support.realm_folder import Site, make_site
from zester.bus.buckets import LEASES, ROLLUPS
from zester.bus.kv import Kv
from zester.bus.link.connection import Bus
from zester.bus.server.embedded import free_port
from zester.bus.server.provision import provision
from zester.errors import BusRefused, BusUnavailable
from zester.resources.lease import Lease
from zester.resources.nodes.rollup import Rollup

pytestmark = pytest.mark.anyio

Start = Callable[..., subprocess.Popen[str]]
Report = Callable[..., Awaitable[None]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start masters; end those that still run."""
    running: list[subprocess.Popen[str]] = []

    def begin(name: str, site: Site, *args: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "zester_controller.main", "run", "--id", name]
        process = subprocess.Popen(
            [*command, "--trust", str(site.master), "--rollup-interval", "0.2", *args],
            env={**os.environ, "ZESTER_MASTER_LEASE_TTL": "3"},
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A realm whose server runs, with an empty store."""
    made = make_site(tmp_path)
    async with made.server:
        yield made


@pytest.fixture
async def bus(site: Site) -> AsyncIterator[Bus]:
    """A master's connection, all buckets made."""
    async with site.connect() as connected:
        await provision(connected)
        yield connected


async def eventually(check: Callable[[], Awaitable[bool]]) -> None:
    with anyio.fail_after(30):
        while not await check():  # noqa: ASYNC110 - another process does it
            await anyio.sleep(0.05)


async def get(port: int, path: str) -> tuple[int, str]:
    def ask() -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    return await anyio.to_thread.run_sync(ask)


async def holder(bus: Bus) -> str | None:
    entry = await Kv(bus, LEASES, Lease).get("role.rollup")
    return None if entry is None else entry.value.holder


async def test_a_master_started_before_its_server_is_alive_then_ready(
    start: Start, tmp_path: Path
) -> None:
    site = make_site(tmp_path)
    server, probe = site.server, free_port()
    master = start("early", site, "--probe", f"127.0.0.1:{probe}")

    async def answers(path: str, code: int) -> bool:
        return (await get(probe, path))[0] == code

    await eventually(lambda: answers("/healthz", 200))
    await eventually(lambda: answers("/readyz", 503))
    assert "bus" in (await get(probe, "/readyz"))[1]
    async with server:
        await eventually(lambda: answers("/readyz", 200))
        metrics = (await get(probe, "/metrics"))[1]
        assert "zester_bus_connected 1" in metrics
        await server.kill()
        await eventually(lambda: answers("/readyz", 503))
        assert (await get(probe, "/healthz"))[0] == 200
        await server.start()
        await eventually(lambda: answers("/readyz", 200))
    master.send_signal(signal.SIGTERM)
    _, log = master.communicate(timeout=60)
    assert master.returncode == 0
    assert "Traceback" not in log


async def test_of_two_masters_one_counts_and_the_other_takes_over(
    start: Start, site: Site, bus: Bus, report: Report
) -> None:
    await report("web")
    one = start("one", site, "--probe", "")

    async def held_by(name: str) -> bool:
        return await holder(bus) == name

    await eventually(lambda: held_by("one"))
    two = start("two", site, "--probe", "")

    async def present() -> bool:
        return await Kv(bus, LEASES, Lease).get("master.two") is not None

    await eventually(present)
    assert await holder(bus) == "one"

    one.kill()  # the lease has to run out
    await eventually(lambda: held_by("two"))
    await report("db")

    async def counted() -> bool:
        entry = await Kv(bus, ROLLUPS, Rollup).get("base")
        return entry is not None and entry.value.peels == 2

    await eventually(counted)
    two.send_signal(signal.SIGTERM)  # the lease is handed over at once
    two.communicate(timeout=60)
    assert two.returncode == 0
    assert await holder(bus) is None


async def test_a_master_makes_the_buckets_of_an_empty_server(start: Start, site: Site) -> None:
    start("first", site, "--probe", "")
    async with site.connect() as bus:

        async def there() -> bool:
            try:
                await Kv(bus, ROLLUPS, Rollup).get("base")
            except (BusUnavailable, BusRefused):
                return False
            return True

        await eventually(there)


async def test_a_probe_port_that_is_taken_is_said_in_one_line(start: Start, site: Site) -> None:
    master = start("one", site, "--probe", f"127.0.0.1:{site.server.port}")

    _, log = await anyio.to_thread.run_sync(lambda: master.communicate(timeout=20))

    assert master.returncode == 1
    assert "Traceback" not in log
    assert json.loads(log.splitlines()[-1])["level"] in ("error", "ERROR")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "needs a trust folder"),
        (("--trust", "nowhere"), "nowhere/context.json"),
        (("--trust", "{master}", "--url", "nats://127.0.0.1:4222"), "in clear are refused"),
    ],
)
def test_a_master_without_trust_or_in_clear_does_not_start(
    tmp_path: Path, args: tuple[str, ...], said: str
) -> None:
    site = make_site(tmp_path)
    given = [each.format(master=site.master) for each in args]
    command = [sys.executable, "-m", "zester_controller.main", "run", "--probe", "", *given]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=30, check=False, cwd=tmp_path
    )
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
