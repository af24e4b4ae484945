"""``zester dev``: embedded server, master and some peels, all below one folder."""

from __future__ import annotations

from pathlib import Path

import anyio
import click

from zester.cli.dev.foundation import Foundation
from zester.cli.dev.options import folder_option
from zester.cli.dev.processes import DevSetup
from zester.cli.dev.running import (
    MASTER,
    NATS,
    bring_up,
    check_free,
    peel_root,
    take_down,
    wait_for_signal,
)
from zester.cli.dev.swarm import swarm
from zester.errors import SettingsError


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
    check_free(folder)
    try:
        setup = anyio.run(bring_up, folder, peels)
    except BaseException:
        take_down(folder, keep=True)
        raise
    click.echo(f"nats-server at {setup.url}, 1 master, {peels} peels; all below {folder}")
    for name in setup.processes:
        if name not in (NATS, MASTER):
            click.echo(f"  {name}: files below {peel_root(folder, name)}")
    if detach:
        return
    click.echo("Ctrl-C ends it", err=True)
    try:
        wait_for_signal()
    finally:
        take_down(folder, keep=False)


@dev.command()
@click.option("--keep", is_flag=True, help="Keep the folder with its data and logs.")
@folder_option
def down(keep: bool, folder: Path) -> None:
    """Stop every process of the dev set-up and remove its folder."""
    folder = folder.absolute()
    DevSetup.load(folder)
    take_down(folder, keep=keep)
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


dev.add_command(swarm)
