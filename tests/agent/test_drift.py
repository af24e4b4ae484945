"""Drift as it happens: real inotify, real files."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import anyio
import pytest

from support.peel import MakePeel, Push, status_of, until
from zester.bus.link.connection import Bus
from zester.bus.server.embedded import EmbeddedServer

pytestmark = pytest.mark.anyio


def tree(files: int = 1, folder: str = "/srv/files") -> dict[str, str | None]:
    states = "".join(
        f"f{number}:\n  file.managed:\n    - name: {folder}/f{number}\n    - makedirs: True\n"
        f"    - mode: '0640'\n    - contents: wanted {number}\n"
        for number in range(files)
    )
    return {"states/top.zy": "base:\n  '*':\n    - web\n", "states/web.zy": states}


async def converged(bus: Bus, revision: int = 1) -> None:
    async def holds() -> bool:
        status = await status_of(bus)
        return status is not None and status.applied.get("cli") == revision

    await until("converged", holds)


def rewrite(file: Path) -> None:
    file.write_text("tampered")


def append(file: Path) -> None:
    with file.open("a") as handle:
        handle.write("more")


def change_mode(file: Path) -> None:
    file.chmod(0o777)


def delete(file: Path) -> None:
    file.unlink()


def replace(file: Path) -> None:
    other = file.with_name("other")
    other.write_text("replaced")
    other.rename(file)


def remove_parent(file: Path) -> None:
    shutil.rmtree(file.parent)


def move_parent_away(file: Path) -> None:
    file.parent.rename(file.parent.with_name(f"moved-{time.monotonic_ns()}"))


@pytest.mark.parametrize(
    "tamper",
    [
        rewrite, append, change_mode, delete, replace, remove_parent, move_parent_away,
    ],
)  # fmt: skip
async def test_a_foreign_edit_is_undone(
    bus: Bus,
    server: EmbeddedServer,
    make_peel: MakePeel,
    push: Push,
    tamper: Callable[[Path], None],
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(tree())
        await converged(bus)
        file = peel.root / "srv/files/f0"

        for _ in range(3):
            tamper(file)
            await until("undone", lambda: as_wished(file))


def as_wished(file: Path) -> bool:
    try:
        info = file.lstat()
        return info.st_mode == 0o100640 and file.read_text() == "wanted 0\n"
    except OSError:
        return False


async def test_our_own_writes_cause_no_run_and_leave_no_watch_behind(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(tree(200))
        await converged(bus)
        watches = inotify_watches()
        for revision in range(2, 12):
            text = "".join(str(part) for part in tree(200).values())
            assert text
            files = tree(200)
            states = files["states/web.zy"]
            assert states is not None
            await push({**files, "states/web.zy": states.replace("wanted", f"wanted{revision}")})
            await converged(bus, revision)
        await anyio.sleep(0.3)

        assert (peel.root / "srv/files/f199").read_text() == "wanted11 199\n"
        assert peel.runs("drift") == 0
        assert inotify_watches() == watches


def inotify_watches() -> int:
    """Inotify watches of this process, as the kernel tells."""
    found = 0
    for info in Path("/proc/self/fdinfo").iterdir():
        with suppress(FileNotFoundError):  # the descriptor of this very listing
            found += info.read_text().count("\ninotify ")
    return found


async def test_five_hundred_edits_in_a_second_end_converged_with_few_runs(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url, contested_after=1000).running() as peel:
        await push(tree())
        await converged(bus)
        file = peel.root / "srv/files/f0"

        def vandal() -> None:
            for number in range(500):
                file.write_text(f"vandal {number}")
                time.sleep(0.002)

        thread = threading.Thread(target=vandal)
        thread.start()
        await anyio.to_thread.run_sync(thread.join)
        await until("converged", lambda: as_wished(file))

        assert peel.runs("drift") <= 25


async def test_a_rival_is_backed_off_from_and_told(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url, contested_after=3).running() as peel:
        await push(tree(2))
        await converged(bus)
        file = peel.root / "srv/files/f0"
        ended = threading.Event()

        def rival() -> None:
            while not ended.wait(0.1):
                file.write_text("mine")

        thread = threading.Thread(target=rival)
        thread.start()
        try:

            async def contested() -> str:
                status = await status_of(bus)
                condition = status.condition("Contested") if status else None
                return condition.message if condition else ""

            await until("contested", contested)
            assert "file.managed:f0" in await contested()
            runs = peel.runs("drift")
            await anyio.sleep(1)
            assert peel.runs("drift") <= runs + 1, "it is left alone for a while"
            other = peel.root / "srv/files/f1"
            other.unlink()
            await until("others are still corrected", other.exists)
        finally:
            ended.set()
            await anyio.to_thread.run_sync(thread.join)
        await until("converged when the rival has gone", lambda: as_wished(file))


async def test_drift_while_the_peel_was_away_is_corrected_at_its_start(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(tree())
        await converged(bus)
    file = peel.root / "srv/files/f0"
    rewrite(file)

    async with make_peel(server.url).running():
        await until("corrected", lambda: as_wished(file))


async def test_a_resync_finds_what_no_sensor_told(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    peel = make_peel(server.url, host_resync=1)
    peel.sensor.set = lambda watches: None  # type: ignore[method-assign]  # a blind sensor
    async with peel.running():
        await push(tree())
        await converged(bus)
        file = peel.root / "srv/files/f0"
        rewrite(file)
        await until("corrected", lambda: as_wished(file))
        await until("counted", lambda: peel.runs("resync") >= 1)


async def test_a_command_without_a_guard_is_not_run_again_by_drift_or_resync(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    states = (
        "f0:\n  file.managed:\n    - name: /srv/files/f0\n    - makedirs: True\n"
        "    - mode: '0640'\n    - contents: wanted 0\n"
        "always:\n  cmd.run:\n    - name: echo x >> always\n    - require:\n      - file: f0\n"
        "changed:\n  cmd.run:\n    - name: echo x >> changed\n    - onchanges:\n      - file: f0\n"
    )
    async with make_peel(server.url, host_resync=1).running() as peel:
        await push({**tree(), "states/web.zy": states})
        await converged(bus)
        file = peel.root / "srv/files/f0"
        rewrite(file)
        await until("corrected", lambda: as_wished(file))
        await until("refreshed", lambda: (peel.root / "changed").read_text() == "x\nx\n")
        await anyio.sleep(1.5)

        assert (peel.root / "always").read_text() == "x\n"
        assert (peel.root / "changed").read_text() == "x\nx\n"


def test_this_process_may_watch_enough() -> None:
    limit = int(Path("/proc/sys/fs/inotify/max_user_watches").read_text())
    assert limit >= 1024, f"the tests need more inotify watches; {os.uname().nodename} has {limit}"


FOLDERS = """
copied:
  file.recurse:
    - name: /srv/copied
    - source: salt://conf
    - clean: true
owned:
  file.directory:
    - name: /srv/owned
    - file_mode: '0640'
    - recurse: [mode]
    - require: [file: made]
made:
  file.managed:
    - name: /srv/owned/deep/made
    - makedirs: true
    - mode: '0640'
"""


async def test_drift_deep_in_a_folder_is_undone(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(
            {
                "states/top.zy": "base:\n  '*':\n    - web\n",
                "states/web.zy": FOLDERS,
                "states/conf/a/b": "wanted",
            }
        )
        await converged(bus)
        copied, owned = peel.root / "srv/copied", peel.root / "srv/owned"

        (copied / "a/b").write_text("tampered")
        await until("restored", lambda: settled((copied / "a/b").read_text() == "wanted"))
        (copied / "a/more").write_text("more")
        await until("cleaned", lambda: settled(not (copied / "a/more").exists()))
        other = owned / "deep/other"
        other.write_text("x")
        other.chmod(0o666)
        await until("mode restored", lambda: settled(other.stat().st_mode & 0o777 == 0o640))


async def settled(holds: bool) -> bool:
    return holds
