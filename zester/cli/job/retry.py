"""``zester job retry-failed``."""

from __future__ import annotations

import click

from zester.bus.jobs.finding import read_history
from zester.cli.console.context import Context, trust_option
from zester.cli.console.verb import FLEET, Verb
from zester.cli.fleet.call import give
from zester.cli.fleet.dispatch import narrowed
from zester.cli.fleet.forms import results_option
from zester.cli.fleet.operator import Operator, with_operator
from zester.cli.fleet.request import Options, Request
from zester.resources.jobs.job import new_job_id
from zester.targeting.parser import parse_target


@click.command("retry-failed", cls=Verb, exits={**FLEET, 130: "detached with Ctrl-C"})
@click.argument("jid")
@click.option("-b", "--batch", "--batch-size", default="", help="N or N%: so many at once.")
@results_option
@trust_option
def retry(jid: str, batch: str, fmt: str, context: Context) -> int:
    """Give a job again to the peels on which it failed or that nothing was heard of."""

    async def work(operator: Operator) -> int:
        history = await read_history(operator.bus, operator.verifier, jid)
        failed = {node for node, found in history.returns.items() if not found.ok}
        nodes = frozenset(failed | history.missing)
        if not nodes:
            click.echo(f"job {jid} has not failed anywhere", err=True)
            return 0
        job = history.known.job.model_copy(update={"retry_of": jid, "batch": "", "durable": False})
        request = Request(job, parse_target(job.target, kind=job.kind), Options(batch=batch))
        again = narrowed(request, nodes, new_job_id(), batch=batch)
        return await give(operator, again, fmt)

    return with_operator(context, work)
