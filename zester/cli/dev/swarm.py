"""``zester dev swarm``: a fleet larger than one's data centre, simulated."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from sys import executable

import anyio
import click

from zester.bus.jobs.roster import live_peels
from zester.bus.link.connection import Bus, open_bus
from zester.cli.console.context import Context
from zester.cli.dev.admission import wait_for_master
from zester.cli.dev.exercise import push_exercise
from zester.cli.dev.foundation import ENV, Foundation
from zester.cli.dev.members import enroll_members, keep_memory, make_members
from zester.cli.dev.options import folder_option
from zester.cli.dev.processes import DevProcess, DevSetup
from zester.cli.dev.running import bring_up, check_free, take_down, wait_for_signal
from zester.dataclass import dataclass
from zester.errors import BusUnavailable, SettingsError
from zester.resources.swarm import SwarmMember, SwarmShare
from zester.trust.disk.private_file import write_private
from zester.trust.tiers import Tier

PROGRAM = "zester_peel.main.swarm"

READY, READY_EACH, READY_STATE = 60.0, 0.1, 0.002
"""Seconds until all have to be there, for each of them and for each state of each."""

LOOKED_AT = 5000
"""Peels for which is looked once a second whether they are there."""

LEASES, LOOKS, RESYNCS = 50.0, 10.0, 10.0
"""Renewed leases, looks at the bus and at every state that all of them together do a second, at
most: what a thousand computers do aside must not occupy one."""

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own below it


@dataclass(frozen=True, slots=True)
class Wish:
    """How many peels in how many processes, and how many states each is to have."""

    peels: int
    processes: int
    states: int


@click.command()
@click.argument("peels", type=click.IntRange(1, 20_000), metavar="N")
@click.option(
    "--processes",
    default=2,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Spread them over so many processes.",
)
@click.option(
    "--states", default=0, type=click.IntRange(0, 10_000), help="Push so many files to manage."
)
@click.option("--detach", is_flag=True, help="Return once it runs; `zester dev down` ends it.")
@folder_option
def swarm(peels: int, processes: int, states: int, detach: bool, folder: Path) -> None:
    """Start N simulated peels: the real agent on machines that are only in memory.

    They join the dev set-up that runs in the folder; where none does, a nats-server and a master
    are started too. Each peel has its own key, connection, facts and files, and does what a peel
    does.
    """
    folder = folder.absolute()
    joined = _runs(folder)
    if not joined:
        check_free(folder)
    wish = Wish(peels, min(processes, peels), states)
    try:
        anyio.run(_start, folder, wish, joined)
    except BaseException:
        if not joined:
            take_down(folder, keep=True)
        raise
    setup = DevSetup.load(folder)
    click.echo(f"{peels} simulated peels in {wish.processes} processes, at {setup.url}")
    if detach:
        return
    click.echo("Ctrl-C ends it", err=True)
    try:
        wait_for_signal()
    finally:
        take_down(folder, keep=False)


def _runs(folder: Path) -> bool:
    if not (folder / "dev.json").exists():
        return False
    processes = DevSetup.load(folder).processes
    if any(name.startswith("swarm-") for name in processes):
        raise SettingsError(f"there is a swarm in {folder}", hint="`zester dev down` ends it")
    return any(process.alive for process in processes.values())


async def _start(folder: Path, wish: Wish, joined: bool) -> None:
    setup = DevSetup.load(folder) if joined else await bring_up(folder, 0)
    foundation = Foundation(folder)
    context = Context(None, str(foundation.folder), ENV)
    async with open_bus([setup.url], name="zester-dev", login=foundation.login()) as bus:
        await wait_for_master(bus)
        verifier = await context.verifier(bus)
        members = make_members(foundation, verifier, wish.peels)
        await enroll_members(bus, members, context.signer(Tier.OPERATOR), verifier)
        if wish.states:
            await push_exercise(context, folder / "swarm" / "tree", wish.states)
        processes = []
        for name, file in _shares(folder, foundation, members, wish):
            argv = (executable, "-m", PROGRAM, str(file))
            process = DevProcess(name, argv, str(folder / "logs" / f"{name}.log")).start()
            setup = setup.with_process(process)
            processes.append(process)
        patience = READY + wish.peels * (READY_EACH + READY_STATE * wish.states)
        await _wait_for_all(bus, processes, {member.id for member in members}, patience)


def _shares(
    folder: Path, foundation: Foundation, members: Sequence[SwarmMember], wish: Wish
) -> list[tuple[str, Path]]:
    """Write what each process has to know; return the processes' names and files."""
    place = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
    memory = Path(tempfile.mkdtemp(prefix="zester-swarm-", dir=place))
    keep_memory(folder, memory)
    client = foundation.client
    bundle = client.bundle()
    if bundle is None:
        raise SettingsError(f"{client.folder} has no trust bundle that can be believed")
    found = []
    for number in range(1, wish.processes + 1):
        share = SwarmShare(
            url=client.context.url,
            env=ENV,
            operator=client.context.operator,
            authorities=client.authorities(),
            bundle=(client.folder / "bundle").read_text(),
            memory=str(memory / str(number)),
            lease_ttl=max(30.0, 3 * wish.peels / LEASES),
            bus_resync=max(60.0, wish.peels / LOOKS),
            host_resync=max(600.0, wish.peels / RESYNCS),
            members=tuple(members[number - 1 :: wish.processes]),
        )
        file = folder / "swarm" / f"{number}.json"
        write_private(file, share.encode())
        found.append((f"swarm-{number}", file))
    return found


async def _wait_for_all(
    bus: Bus, processes: Sequence[DevProcess], wanted: set[str], patience: float
) -> None:
    """Return when every peel holds its lease; raises SettingsError naming a process that died."""
    with anyio.move_on_after(patience):
        while True:
            for process in processes:
                if not process.alive:
                    raise SettingsError(
                        f"{process.name} ended right after its start",
                        hint=f"its log is {process.log}",
                    )
            with suppress(BusUnavailable):
                if wanted <= await live_peels(bus):
                    return
            await anyio.sleep(0.2 + len(wanted) / LOOKED_AT)
    raise SettingsError(f"not every simulated peel was there within {patience:g} s")
