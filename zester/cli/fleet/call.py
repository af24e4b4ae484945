"""``zester TARGET MODULE.FUNCTION …``: give a command to the fleet."""

from __future__ import annotations

import os
import random
import time
from typing import Any

import anyio
import click

from zester.bus.jobs.sending import tell_expected
from zester.cli.console.context import Context, trust_option
from zester.cli.console.span import read_span
from zester.cli.console.verb import FLEET, Verb
from zester.cli.fleet.arguments import read_arguments
from zester.cli.fleet.batch import Batch, in_batches
from zester.cli.fleet.detaching import DETACHED, leave_on_signal
from zester.cli.fleet.dispatch import (
    Outcome,
    dispatch,
    expected_of,
    narrowed,
    roster_of,
    send,
    sign,
)
from zester.cli.fleet.forms import results_option
from zester.cli.fleet.groups import with_groups
from zester.cli.fleet.operator import Operator, with_operator
from zester.cli.fleet.progress import ProgressLine
from zester.cli.fleet.request import Options, Request, kind_options, make_request
from zester.cli.fleet.shown import show_outcome
from zester.cli.fleet.silence import explained
from zester.errors import SettingsError


class FleetCall(Verb):
    """A command to the fleet, whose arguments may look like options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            hint = f"for an argument that begins with a dash: -- {error.option_name}"
            raise click.NoSuchOption(
                error.option_name,
                f"No such option {error.option_name!r}; {hint}",
                error.possibilities,
                error.ctx,
            ) from error


@click.command(
    "call",
    cls=FleetCall,
    exits={**FLEET, 130: "detached with Ctrl-C: the job goes on"},
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("target")
@click.argument("function")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@kind_options
@click.option("--test", is_flag=True, help="Change nothing; tell what would change.")
@click.option("-b", "--batch", "--batch-size", default="", help="N or N%: so many at once.")
@click.option("--subset", type=click.IntRange(1), help="Only so many, by chance.")
@click.option("--async", "is_async", is_flag=True, help="Send, print the job id, do not wait.")
@click.option(
    "-t", "--timeout", type=click.FloatRange(0, min_open=True), help="Seconds a peel has."
)
@click.option("--durable", is_flag=True, help="Also for peels that come back by --until.")
@click.option("--until", default="", help="End of a durable job: 90m, 12h, 7d … Default: 1d.")
@click.option("--failhard", is_flag=True, help="Start no further batch after a failure.")
@click.option("-q", "--quiet", is_flag=True, help="No progress line.")
@click.option("--show-jid", "-v", is_flag=True, help="Tell the job's id before anything else.")
@click.option("-s", "--static", is_flag=True, expose_value=False, help="As in Salt; always so.")
@click.option(
    "--no-color",
    is_flag=True,
    expose_value=False,
    callback=lambda _context, _option, given: given and os.environ.update(NO_COLOR="1"),
    help="Like NO_COLOR=1 in the environment.",
)
@results_option
@trust_option
def call(
    target: str,
    function: str,
    arguments: tuple[str, ...],
    kind: str | None,
    fmt: str,
    context: Context,
    is_async: bool,
    until: str,
    durable: bool,
    **more: Any,  # noqa: ANN401 - the options as they are
) -> int:
    """Give a command to every peel that TARGET means: FUNCTION with ARGUMENTS.

    Arguments are read as YAML, key=value as named ones. Ctrl-C leaves the job running.
    """
    if until and not durable:
        raise click.UsageError("--until is for a --durable job")
    if is_async and more["batch"]:
        raise click.UsageError("--async sends a job once; whoever sends batches has to stay: no -b")
    end = time.time() + read_span(until or "1d") if durable else None
    options = Options(is_async=is_async, until=end, **more)
    args, kwargs = read_arguments(arguments)
    request = make_request(target, kind or "compound", function, args, kwargs, options)

    async def work(operator: Operator) -> int:
        return await give(operator, request, fmt)

    return with_operator(context, work)


async def give(operator: Operator, request: Request, fmt: str) -> int:
    """Send a job, wait as its options say, show what became of it; return the exit code."""
    request = await with_groups(operator, request)
    if request.options.subset is not None:
        request = await _chosen(operator, request)
    if request.options.is_async:
        return await _send_only(operator, request)
    if request.options.show_jid:
        click.echo(f"job {request.job.jid}", err=True)
    progress = ProgressLine(quiet=request.options.quiet)
    outcome: Outcome | None = None

    async def wait() -> None:
        nonlocal outcome
        if request.job.batch:
            outcome = await in_batches(operator, request, Batch.parse(request.job.batch), progress)
        else:
            outcome = await dispatch(operator, request, progress)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(leave_on_signal, tasks.cancel_scope)
        await wait()
        tasks.cancel_scope.cancel()
    progress.clear()
    if outcome is None:
        click.echo(_way_back(request), err=True)
        return DETACHED
    show_outcome(await explained(operator, outcome), fmt)
    return outcome.exit_code


def _way_back(request: Request) -> str:
    jid = request.job.jid
    if not request.job.batch:
        return f"detached; the job goes on: zester job watch {jid}"
    return (
        f"detached; what has begun goes on, no further batch begins: zester job watch {jid}\n"
        f"for the others: zester job retry-failed {jid} -b {request.job.batch}"
    )


async def _send_only(operator: Operator, request: Request) -> int:
    await send(operator, sign(operator, request))
    click.echo(request.job.jid)
    roster = await roster_of(operator, request)
    await tell_expected(operator.bus, expected_of(request.job.jid, roster))
    if not (roster.sure or roster.maybe):
        click.echo("no peel that is known matches", err=True)
    return 0


async def _chosen(operator: Operator, request: Request) -> Request:
    """Return the request for some of its peels, those that are there before the others."""
    roster = await roster_of(operator, request)
    among = list(roster.live) or list(roster.sure)
    if not among:
        raise SettingsError(f"no peel matches {request.job.target!r}")
    count = min(request.options.subset or 1, len(among))
    chosen = random.sample(sorted(among), count)
    return narrowed(request, frozenset(chosen), request.job.jid, batch=request.job.batch)
