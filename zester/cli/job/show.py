"""``zester job show``."""

from __future__ import annotations

from dataclasses import replace

import click

from zester.bus.jobs.finding import JobHistory, read_history
from zester.cli.console.context import Context, trust_option
from zester.cli.console.output import dump, output_option, stamp
from zester.cli.console.verb import FLEET, Verb
from zester.cli.fleet.dispatch import Outcome
from zester.cli.fleet.operator import Operator, with_operator
from zester.cli.fleet.shown import document, show_outcome
from zester.cli.fleet.silence import explained
from zester.cli.job.list import arguments
from zester.cli.job.list import document as job_document
from zester.cli.job.working import working_on


@click.command(cls=Verb, exits=FLEET)
@click.argument("jid")
@output_option
@trust_option
def show(jid: str, fmt: str, context: Context) -> int:
    """Show who gave a job, to whom, and what became of it so far.

    Peels that have not answered are asked whether they work on it.
    """

    async def work(operator: Operator) -> tuple[JobHistory, Outcome]:
        history = await read_history(operator.bus, operator.verifier, jid)
        outcome = as_outcome(history)
        working = await working_on(operator, jid, outcome.silent)
        silent = outcome.silent - working
        outcome = replace(outcome, silent=silent, working=working)
        return history, await explained(operator, outcome)

    history, outcome = with_operator(context, work)
    if fmt != "table":
        dump({"job": job_document(history.known), "returns": document(outcome)}, fmt)
        return outcome.exit_code
    known = history.known
    click.echo(
        f"job {jid} of {known.who}, {stamp(known.given)}\n"
        f"  {known.job.target} {known.job.function} {arguments(known)}".rstrip()
    )
    done, whole = len(history.returns), len(history.expected | set(history.returns))
    batch = f", {known.job.batch} at once" if known.job.batch else ""
    click.echo(f"  {done} of {whole} answered{batch}")
    show_outcome(outcome, "table")
    return outcome.exit_code


def as_outcome(history: JobHistory) -> Outcome:
    """Return what is known of a job; who gets a durable one later is not silent."""
    jid, missing = history.known.job.jid, history.missing
    if history.known.job.durable:
        return Outcome(jid, history.returns, frozenset(), missing)
    sent = {node for part in history.parts for node in part.job.target.split(",")}
    unsent = missing - sent if history.known.job.batch else frozenset()
    return Outcome(jid, history.returns, missing - unsent, unsent=unsent)
