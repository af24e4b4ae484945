"""``zester dev``: embedded server, master and some peels, all below one folder."""

from __future__ import annotations

import shutil
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import anyio
import click

from zester.bus.fleet import read_fleet
from zester.bus.link.connection import open_bus
from zester.bus.server.embedded import find_server, free_port
from zester.cli.dev.admission import admit
from zester.cli.dev.foundation import Foundation
from zester.cli.dev.processes import DevProcess, DevSetup
from zester.errors import BusUnavailable, SettingsError

NATS, MASTER = "nats", "master"
UP_TIMEOUT = 30.0

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def folder_option(command: Decorated) -> Decorated:
    """``--dir``."""
    return click.option(
        "--dir",
        "folder",
        default=".zester",
        show_default=True,
        type=click.Path(path_type=Path, file_okay=False),
        help="The folder that holds everything.",
    )(command)


@click.group()
def dev() -> None:
    """Run a whole Zester on this machine, without root, below one folder."""


@dev.command()
@click.option(
    "--peels", default=1, show_default=True, type=click.IntRange(0, 200), help="How many peels."
)
@click.option("--detach", is_flag=True, help="Return once it runs; `zester dev down` ends it.")
@folder_option
def up(peels: int, detach: bool, folder: Path) -> None:
    """Start a nats-server, a master and PEELS peels, each with a root folder of its own."""
    folder = folder.absolute()
    if (folder / "dev.json").exists():
        if any(process.alive for process in DevSetup.load(folder).processes.values()):
            raise SettingsError(
                f"a dev set-up already runs in {folder}", hint="`zester dev down` ends it"
            )
    elif folder.exists() and any(folder.iterdir()):
        raise SettingsError(f"{folder} exists and is not a dev set-up", hint="use another --dir")
    try:
        setup = anyio.run(_up, folder, peels)
    except BaseException:
        _down(folder, keep=True)
        raise
    click.echo(f"nats-server at {setup.url}, 1 master, {peels} peels; all below {folder}")
    for name in setup.processes:
        if name not in (NATS, MASTER):
            click.echo(f"  {name}: files below {_peel_root(folder, name)}")
    if detach:
        return
    click.echo("Ctrl-C ends it", err=True)
    try:
        _wait_for_signal()
    finally:
        _down(folder, keep=False)


@dev.command()
@click.option("--keep", is_flag=True, help="Keep the folder with its data and logs.")
@folder_option
def down(keep: bool, folder: Path) -> None:
    """Stop every process of the dev set-up and remove its folder."""
    folder = folder.absolute()
    DevSetup.load(folder)
    _down(folder, keep=keep)
    click.echo("stopped" if keep else f"stopped; {folder} removed")


@dev.command()
@click.argument("name")
@click.option("--kill", is_flag=True, help="As a crash would end it (SIGKILL).")
@folder_option
def stop(name: str, kill: bool, folder: Path) -> None:
    """Stop one process: nats, master or a peel."""
    DevSetup.load(folder.absolute()).find(name).stop(kill=kill)
    click.echo(f"{name} {'killed' if kill else 'stopped'}")


@dev.command()
@click.argument("name")
@folder_option
def start(name: str, folder: Path) -> None:
    """Start a stopped process again."""
    setup = DevSetup.load(folder.absolute())
    process = setup.find(name)
    if process.alive:
        raise SettingsError(f"{name} already runs with pid {process.pid}")
    started = process.start()
    setup.with_process(started)
    if name == NATS:
        foundation = Foundation(setup.folder)
        anyio.run(foundation.wait_ready, lambda: started.alive, started.log)
    click.echo(f"{name} started")


@dev.command()
@folder_option
def ps(folder: Path) -> None:
    """List the processes of the dev set-up."""
    for name, process in DevSetup.load(folder.absolute()).processes.items():
        state = f"pid {process.pid}" if process.alive else "stopped"
        probe = f"  http://{process.probe}/metrics" if process.probe else ""
        click.echo(f"{name}: {state}{probe}  log {process.log}")


async def _up(folder: Path, peels: int) -> DevSetup:
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
    root = _peel_root(folder, name)
    root.mkdir(parents=True, exist_ok=True)
    probe = f"127.0.0.1:{free_port()}"
    argv = (
        *(sys.executable, "-m", "zester_peel.main", "run", "--root", str(root)),
        *("--state-dir", str(home / "state"), "--probe", probe),
    )
    return DevProcess(name, argv, str(folder / "logs" / f"{name}.log"), probe=probe)


def _peel_root(folder: Path, name: str) -> Path:
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


def _wait_for_signal() -> None:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: ended.set())
    while not ended.wait(0.5):
        pass


def _down(folder: Path, *, keep: bool) -> None:
    try:
        setup = DevSetup.load(folder)
    except SettingsError:
        return
    # Peels first: their last reports still find the server.
    for process in reversed(list(setup.processes.values())):
        process.stop()
    if not keep:
        shutil.rmtree(folder)
