"""Bring a dev set-up up and take it down again."""

from __future__ import annotations

import shutil
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path

import anyio

from zester.bus.fleet import read_fleet
from zester.bus.link.connection import open_bus
from zester.bus.server.embedded import find_server, free_port
from zester.cli.dev.admission import admit
from zester.cli.dev.foundation import Foundation
from zester.cli.dev.members import forget_memory
from zester.cli.dev.processes import DevProcess, DevSetup
from zester.errors import BusUnavailable, SettingsError

NATS, MASTER = "nats", "master"
UP_TIMEOUT = 30.0


def check_free(folder: Path) -> None:
    """Raise SettingsError when a set-up runs in a folder, or when it holds something else."""
    if (folder / "dev.json").exists():
        if any(process.alive for process in DevSetup.load(folder).processes.values()):
            raise SettingsError(
                f"a dev set-up already runs in {folder}", hint="`zester dev down` ends it"
            )
    elif folder.exists() and any(folder.iterdir()):
        raise SettingsError(f"{folder} exists and is not a dev set-up", hint="use another --dir")


async def bring_up(folder: Path, peels: int) -> DevSetup:
    """Start server, master and peels below a folder; return once all peels have reported."""
    find_server()  # before anything is made: without one a half-made folder would stay
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    foundation = Foundation.lay(folder, free_port())
    setup = DevSetup(folder, foundation.url, {})
    nats = foundation.server(NATS, logs / "nats.log").start()
    setup = setup.with_process(nats)
    await foundation.wait_ready(lambda: nats.alive, nats.log)
    setup = setup.with_process(_master(folder, foundation).start())
    names = [f"peel-{number}" for number in range(1, peels + 1)]
    await admit(foundation, {name: folder / "peels" / name / "state" for name in names})
    for name in names:
        setup = setup.with_process(_peel(folder, name).start())
    await _wait_for_peels(setup, foundation, peels)
    return setup


def _master(folder: Path, foundation: Foundation) -> DevProcess:
    probe = f"127.0.0.1:{free_port()}"
    argv = (
        *(sys.executable, "-m", "zester_controller.main", "run", "--id", "dev-master"),
        *("--trust", str(foundation.master), "--probe", probe, "--rollup-interval", "1"),
    )
    return DevProcess(MASTER, argv, str(folder / "logs" / "master.log"), probe=probe)


def _peel(folder: Path, name: str) -> DevProcess:
    home = folder / "peels" / name
    root = peel_root(folder, name)
    root.mkdir(parents=True, exist_ok=True)
    probe = f"127.0.0.1:{free_port()}"
    argv = (
        *(sys.executable, "-m", "zester_peel.main", "run", "--root", str(root)),
        *("--state-dir", str(home / "state"), "--probe", probe),
    )
    return DevProcess(name, argv, str(folder / "logs" / f"{name}.log"), probe=probe)


def peel_root(folder: Path, name: str) -> Path:
    """Return the folder below which a peel manages files."""
    return folder / "peels" / name / "root"


async def _wait_for_peels(setup: DevSetup, foundation: Foundation, peels: int) -> None:
    """Return when every peel has reported; raises SettingsError naming the one that died."""
    with anyio.move_on_after(UP_TIMEOUT):
        async with open_bus([setup.url], name="zester-dev", login=foundation.login()) as bus:
            while True:
                for process in setup.processes.values():
                    if not process.alive:
                        raise SettingsError(
                            f"{process.name} ended right after its start: {_tail(process.log)}",
                            hint=f"its log is {process.log}",
                        )
                with suppress(BusUnavailable):  # the master has not made the buckets yet
                    fleet = (await read_fleet(bus)).values()
                    if sum(view.live and view.status is not None for view in fleet) >= peels:
                        return
                await anyio.sleep(0.05)
    raise SettingsError(
        f"not every peel reported within {UP_TIMEOUT:g} s", hint=f"logs: {setup.folder / 'logs'}"
    )


def _tail(log: str) -> str:
    lines = Path(log).read_text(errors="replace").splitlines()
    return lines[-1] if lines else "it wrote nothing"


def wait_for_signal() -> None:
    """Return when somebody wants an end."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: ended.set())
    while not ended.wait(0.5):
        pass


def take_down(folder: Path, *, keep: bool) -> None:
    """Stop everything; remove the folder unless it is to be kept."""
    try:
        setup = DevSetup.load(folder)
    except SettingsError:
        return
    # Peels first: their last reports still find the server.
    for process in reversed(list(setup.processes.values())):
        process.stop()
    forget_memory(folder)
    if not keep:
        shutil.rmtree(folder)
