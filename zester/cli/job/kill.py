"""``zester job kill``."""

from __future__ import annotations

import click

from zester.bus.buckets import DURABLE
from zester.bus.jobs.finding import read_history
from zester.bus.records import Records
from zester.cli.console.context import Context, trust_option
from zester.cli.console.verb import FLEET, Verb
from zester.cli.fleet.dispatch import Outcome, dispatch
from zester.cli.fleet.groups import with_groups
from zester.cli.fleet.operator import Operator, with_operator
from zester.cli.fleet.request import Options, make_request


@click.command(cls=Verb, exits=FLEET)
@click.argument("jid")
@trust_option
def kill(jid: str, context: Context) -> int:
    """End a job on every peel that works on it, with all its processes."""

    async def work(operator: Operator) -> Outcome:
        history = await read_history(operator.bus, operator.verifier, jid)
        if history.known.job.durable:
            await Records(operator.bus, DURABLE).delete(jid)
        job = history.known.job
        request = make_request(
            job.target, job.kind, "saltutil.kill_job", (jid,), {}, Options(quiet=True)
        )
        return await dispatch(operator, await with_groups(operator, request), lambda *_: None)

    outcome = with_operator(context, work)
    ended = sorted(node for node, found in outcome.returns.items() if found.value is True)
    click.echo(f"ended on {len(ended)}" + (f": {', '.join(ended)}" if ended else ""))
    if outcome.silent:
        click.echo(f"no answer from {', '.join(sorted(outcome.silent))}", err=True)
    refused = {node: found.error for node, found in outcome.returns.items() if not found.ok}
    for node, error in sorted(refused.items()):
        click.echo(f"{node}: {error}", err=True)
    return outcome.exit_code
