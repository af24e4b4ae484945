"""Wait until every peel of an environment has converged to a revision, or says why not."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from typing import Any, TypeVar

import anyio
import click

from zester.bus.buckets import STATUS
from zester.bus.fleet import PeelView, read_fleet
from zester.bus.hints import watch_hints
from zester.bus.link.connection import Bus
from zester.cli.console.problems import printable
from zester.dataclass import dataclass
from zester.errors import BusUnavailable
from zester.resources.nodes.status import ConditionType

EXIT_OK, EXIT_FAILED, EXIT_SILENT, EXIT_BOTH = 0, 2, 3, 4

ALL_SOURCES = ""
"""In a status: what all sources come to together is what cannot be followed."""

_EXPLAINING: tuple[ConditionType, ...] = ("Stalled", "Suspended", "Observing")

POLL = 2.0
SETTLE = 0.02

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def wait_option(command: Decorated) -> Decorated:
    """``--wait``."""
    return click.option(
        "--wait",
        is_flag=True,
        help="Wait until every peel is Ready at this revision or failed; exit 0, 2, 3 or 4.",
    )(command)


def wait_timeout_option(command: Decorated) -> Decorated:
    """``--timeout``."""
    return click.option(
        "--timeout",
        default=120.0,
        show_default=True,
        type=click.FloatRange(min=0),
        help="Seconds --wait waits; peels without an answer by then count as silent.",
    )(command)


class Progress(StrEnum):
    """How far one peel is."""

    READY = "ready"
    FAILED = "failed"
    WORKING = "working"
    HELD = "held"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Tally:
    """Peels by how far they are."""

    peels: dict[str, Progress]

    def of(self, progress: Progress) -> list[str]:
        return [node for node, found in self.peels.items() if found is progress]

    @property
    def settled(self) -> bool:
        return not self.of(Progress.WORKING) and not self.of(Progress.SILENT)

    @property
    def exit_code(self) -> int:
        failed = bool(self.of(Progress.FAILED))
        silent = bool(self.of(Progress.SILENT) or self.of(Progress.WORKING))
        return {(0, 0): EXIT_OK, (1, 0): EXIT_FAILED, (0, 1): EXIT_SILENT, (1, 1): EXIT_BOTH}[
            (int(failed), int(silent))
        ]

    def __str__(self) -> str:
        counts = [f"{len(self.of(kind))} {kind}" for kind in Progress if self.of(kind)]
        return f"{len(self.peels)} peels: {', '.join(counts)}" if counts else "no peels"


def progress_of(view: PeelView, source: str, revision: int) -> Progress:
    """Tell how far a peel is with a revision, from what it reported itself."""
    status = view.status
    if not view.live or status is None:
        return Progress.SILENT
    if status.condition("Suspended") is not None:
        return Progress.HELD
    if status.condition("Reconciling") is not None:
        return Progress.WORKING
    if status.condition("Observing") is not None and status.observed.get(source, 0) >= revision:
        differs = status.condition("Drifted") is not None or source not in status.applied
        if not status.stalled and (differs or status.applied[source] < revision):
            return Progress.HELD
    if status.applied.get(source, 0) >= revision:
        return Progress.READY if view.ready == "True" else Progress.FAILED
    stalled = source in status.stalled or ALL_SOURCES in status.stalled
    if stalled and status.observed.get(source, 0) >= revision:
        return Progress.FAILED
    return Progress.WORKING


async def watch_convergence(bus: Bus, env: str, source: str, revision: int, timeout: float) -> int:
    """Show a live count until all peels settled or ``timeout`` seconds passed.

    Returns the exit code: 0 all ready, or held because they may not be changed now, 2 some failed,
    3 some silent, 4 both. Names the peels that are not ready. Interrupted, it says how to go on
    watching: the revision stands.
    """
    try:
        return await _watch(bus, env, source, revision, timeout)
    except anyio.get_cancelled_exc_class():
        click.echo(
            f"\ndetached; {env}/{source} revision {revision} stands. `zester status` shows how the "
            "peels are; the same push with --wait watches again",
            err=True,
        )
        raise


async def _watch(bus: Bus, env: str, source: str, revision: int, timeout: float) -> int:
    changed = anyio.Event()

    def hint(_key: str) -> None:
        changed.set()

    subscription = await watch_hints(bus, STATUS, "*", hint)
    live = sys.stderr.isatty()
    fleet: dict[str, PeelView] = {}
    tally = Tally({})
    with anyio.move_on_after(timeout):
        while True:
            changed = anyio.Event()
            counted = False
            with suppress(BusUnavailable):  # it comes back; until then the last count stands
                fleet = await read_fleet(bus, env)
                counted = True
            tally = Tally(
                {node: progress_of(view, source, revision) for node, view in fleet.items()}
            )
            if live:
                click.echo(f"\r\033[K{tally}", nl=False, err=True)
            if counted and tally.settled:
                break
            with anyio.move_on_after(POLL):
                await changed.wait()
            await anyio.sleep(SETTLE)  # a fleet reports in bursts: read it once for many hints
    await subscription.close()
    click.echo(f"\r\033[K{tally}" if live else str(tally), err=True)
    if not fleet:
        click.echo(f"  nobody follows the environment {env!r}", err=True)
    _name_the_others(fleet, tally)
    return tally.exit_code


def _name_the_others(fleet: dict[str, PeelView], tally: Tally) -> None:
    for node, progress in tally.peels.items():
        if progress is Progress.READY:
            continue
        click.echo(printable(f"  {progress}: {node}"), err=True)
        status = fleet[node].status
        if status is None or progress is Progress.SILENT:
            continue
        for failure in status.failures:
            click.echo(printable(f"    {failure.ref} ({failure.at}): {failure.comment}"), err=True)
        for kind in _EXPLAINING:
            found = status.condition(kind)
            if found is not None:
                click.echo(printable(f"    {found.reason}: {found.message}"), err=True)
