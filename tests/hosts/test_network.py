"""Networks that are cut or bad cost time, never correctness."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from hosts.conftest import Figure
from hosts.network import Link, Namespace
from hosts.realm import FoundedRealm
from hosts.site import Site
from hosts.slow_wire import SlowWire
from support.dev import until
from support.machines.host import ManagedHost

PINGED_AWAY = 75.0  # two pings of 20 s without an answer, and the third one finds out
BACK = 45.0  # the longest back-off and a connection attempt
FILES = 500

pytestmark = pytest.mark.timeout(600)


@dataclass(frozen=True, slots=True)
class Apart:
    """A site and a host in two networks."""

    site: Site
    host: ManagedHost
    link: Link


@pytest.fixture
def two() -> Iterator[tuple[Namespace, Namespace]]:
    made = Namespace("site"), Namespace("web-01")
    yield made
    for namespace in made:
        namespace.remove()


def started(
    stack: ExitStack, folder: Path, two: tuple[Namespace, Namespace], founded: FoundedRealm
) -> tuple[Site, ManagedHost]:
    site = Site(folder / "site", two[0], founded, Link.NEAR)
    host = ManagedHost(folder / "web-01", site.url, entering=two[1].entering, inside=two[1].inside)
    site.realm.admit(host.state)
    stack.callback(host.stop)
    stack.callback(site.stop)
    site.start()
    host.start()
    site.wait_for(host.name)
    return site, host


@pytest.fixture
def apart(
    tmp_path: Path, two: tuple[Namespace, Namespace], founded: FoundedRealm
) -> Iterator[Apart]:
    with ExitStack() as stack:
        link = Link(*two)
        yield Apart(*started(stack, tmp_path, two, founded), link)


def files(generation: int, count: int = 5) -> str:
    return "".join(
        f"f{number}:\n  file.managed:\n    - name: /srv/f{number}\n    - makedirs: True\n"
        f"    - contents: generation {generation}\n"
        for number in range(count)
    )


def seconds(holds: Callable[[], bool], what: str, timeout: float) -> float:
    """Wait until something holds; return how long that took."""
    begun = time.monotonic()
    until(what, holds, timeout)
    return time.monotonic() - begun


def tamper_and_wait(host: ManagedHost, number: int, wished: str) -> float:
    """Change a file behind the peel's back; return the seconds until it is put right."""
    host.path(f"/srv/f{number}").write_text("foreign")
    return seconds(lambda: host.text(f"/srv/f{number}") == wished, "drift corrected", 5)


def ready_at(site: Site, revision: int) -> bool:
    found = site.peel()
    return bool(found["ready"] == "True" and found["status"]["applied"] == {"cli": revision})


def reports_made(host: ManagedHost) -> int:
    with closing(sqlite3.connect(host.state / "peel.db")) as db:
        found = db.execute("SELECT value FROM meta WHERE key = 'report_number'").fetchone()
    return int(found[0])


def assert_told_once(apart: Apart) -> None:
    made = reports_made(apart.host)
    wanted = list(range(1, made + 1))
    until("all reports arrive", lambda: len(apart.site.report_numbers()) >= made, BACK)
    assert apart.site.report_numbers() == wanted


def test_a_short_cut_that_nobody_notices_loses_and_doubles_nothing(
    apart: Apart, figure: Figure
) -> None:
    site, host = apart.site, apart.host
    site.push(files(1))
    apart.link.cut()

    corrected = [tamper_and_wait(host, number, "generation 1\n") for number in range(5)]
    until("silence is Unknown", lambda: site.peel()["ready"] == "Unknown")
    site.write(files(2))
    revision = site.publish()
    time.sleep(4)  # requests time out and are sent again; the kernel keeps the first ones
    assert host.metric("zester_bus_connected") == 1
    apart.link.heal()

    arrived = seconds(lambda: host.text("/srv/f0") == "generation 2\n", "the push arrives", BACK)
    figure(f"cut of 10 s: drift corrected in {max(corrected) * 1000:.0f} ms at most while cut")
    figure(f"cut of 10 s: push made meanwhile arrived {arrived:.1f} s after healing")
    until("it is Ready again", lambda: ready_at(site, revision), BACK)
    assert_told_once(apart)
    assert site.consumers() == 0


def test_a_long_cut_is_noticed_survived_and_caught_up_with(apart: Apart, figure: Figure) -> None:
    site, host = apart.site, apart.host
    site.push(files(1))
    apart.link.cut()
    begun = time.monotonic()

    corrected = [tamper_and_wait(host, number, "generation 1\n") for number in range(3)]
    until("silence is Unknown", lambda: site.peel()["ready"] == "Unknown")
    unknown = time.monotonic() - begun
    site.write(files(2))
    revision = site.publish()
    until(
        "the dead connection is noticed",
        lambda: host.metric("zester_bus_connected") == 0,
        PINGED_AWAY,
    )
    noticed = time.monotonic() - begun
    corrected += [tamper_and_wait(host, number, "generation 1\n") for number in (3, 4)]
    time.sleep(8)  # some attempts to connect fail, so there is a back-off
    assert host.text("/srv/f0") == "generation 1\n"
    assert site.consumers() == 0
    apart.link.heal()

    arrived = seconds(lambda: host.text("/srv/f0") == "generation 2\n", "the push arrives", BACK)
    figure(f"long cut: drift corrected in {max(corrected) * 1000:.0f} ms at most while cut")
    figure(f"long cut: Unknown after {unknown:.1f} s (lease of 5 s), noticed after {noticed:.1f} s")
    figure(f"long cut: push made meanwhile arrived {arrived:.1f} s after healing")
    until("it is Ready again", lambda: ready_at(site, revision), BACK)
    assert site.peel()["status"]["corrected"] == 5
    assert_told_once(apart)
    assert site.consumers() == 0


def test_a_tree_of_500_files_converges_over_a_slow_and_lossy_link(
    tmp_path: Path, two: tuple[Namespace, Namespace], founded: FoundedRealm, figure: Figure
) -> None:
    with ExitStack() as stack:
        wire = SlowWire(*two, delay=0.1, loss=0.05)
        stack.callback(wire.close)
        site, host = started(stack, tmp_path, two, founded)
        states = "".join(
            f"/srv/{number}:\n  file.managed:\n    - source: salt://data/{number}\n"
            "    - makedirs: True\n"
            for number in range(FILES)
        )
        content = {f"data/{number}": f"{number} {'x' * 4000}\n" for number in range(FILES)}
        begun = time.monotonic()

        site.push(states, content)

        figure(
            f"200 ms round trip, 5 % loss each way: {FILES} files of 4 KB "
            f"in {time.monotonic() - begun:.1f} s, {wire.lost} of {wire.carried} packets lost"
        )
        assert host.text(f"/srv/{FILES - 1}") == content[f"data/{FILES - 1}"]
        assert wire.lost > 0
        assert site.peel()["ready"] == "True"
        assert site.consumers() == 0
