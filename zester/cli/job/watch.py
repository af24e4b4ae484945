"""``zester job watch``."""

from __future__ import annotations

import anyio
import click

from zester.bus.jobs.finding import expected_of, read_history
from zester.bus.jobs.following import Following, follow_job
from zester.bus.jobs.patience import Awaited, Patience
from zester.bus.jobs.roster import live_peels
from zester.cli.console.context import Context, trust_option
from zester.cli.console.verb import FLEET, Verb
from zester.cli.fleet.detaching import DETACHED, leave_on_signal
from zester.cli.fleet.dispatch import Outcome
from zester.cli.fleet.forms import results_option
from zester.cli.fleet.operator import Operator, with_operator
from zester.cli.fleet.progress import ProgressLine
from zester.cli.fleet.shown import show_outcome
from zester.cli.fleet.silence import explained
from zester.cli.job.show import as_outcome
from zester.cli.job.working import working_on


@click.command(cls=Verb, exits={**FLEET, 130: "detached with Ctrl-C"})
@click.argument("jid")
@results_option
@trust_option
def watch(jid: str, fmt: str, context: Context) -> int:
    """Wait until nobody works on a job any more, then show what became of it."""

    async def work(operator: Operator) -> int:
        outcome: Outcome | None = None
        progress = ProgressLine()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(leave_on_signal, tasks.cancel_scope)
            outcome = await _watched(operator, jid, progress)
            tasks.cancel_scope.cancel()
        progress.clear()
        if outcome is None:
            return DETACHED
        show_outcome(await explained(operator, outcome), fmt)
        return outcome.exit_code

    return with_operator(context, work)


async def _watched(operator: Operator, jid: str, progress: ProgressLine) -> Outcome:
    history = await read_history(operator.bus, operator.verifier, jid)
    for known in history.parts or (history.known,):
        async with follow_job(operator.bus, known.job.jid) as following:
            await following.read(operator.bus)
            expected = await expected_of(operator.bus, known.job, following)
            missing = expected - set(following.returns)
            working = await working_on(operator, following.jid, missing)
            await _wait(operator, following, working, progress)
    return as_outcome(await read_history(operator.bus, operator.verifier, jid))


async def _wait(
    operator: Operator, following: Following, working: frozenset[str], progress: ProgressLine
) -> None:
    for node in working:
        following.accepted.setdefault(node, 0.0)
    awaited = Awaited(working)

    async def nothing() -> None:
        """Nobody has to be told again: they work on it."""

    patience = Patience(
        operator.bus,
        following,
        again=nothing,
        present=lambda: live_peels(operator.bus),
        progress=lambda whom: progress(following, whom),
    )
    await patience.wait(lambda: awaited)
