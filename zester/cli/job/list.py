"""``zester job list``."""

from __future__ import annotations

from typing import Any

import click

from zester.bus.jobs.finding import KnownJob, list_jobs
from zester.cli.console.context import Context, trust_option
from zester.cli.console.output import ago, dump, output_option, table
from zester.cli.fleet.operator import Operator, with_operator
from zester.cli.fleet.request import KINDS
from zester.telemetry.redaction.typed import hidden, typed

ARGUMENTS = 60

_FLAGS = {kind: f"{flag} " for flag, kind, _ in KINDS if kind != "compound"}


@click.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="Newest only.")
@click.option("--who", help="Only those of one operator.")
@output_option
@trust_option
def list_(limit: int, who: str | None, fmt: str, context: Context) -> None:
    """List jobs, newest first, with who gave them."""

    async def work(operator: Operator) -> list[KnownJob]:
        return await list_jobs(operator.bus, operator.verifier)

    found = [known for known in with_operator(context, work) if who in (None, known.who)][:limit]
    if fmt != "table":
        dump([document(known) for known in found], fmt)
        return
    columns = ("JOB", "OWNER", "GIVEN", "TARGET", "FUNCTION", "ARGUMENTS")
    table(columns, [_row(known) for known in found])


def document(known: KnownJob) -> dict[str, Any]:
    """Return a job for machines."""
    job = known.job.model_dump(mode="json", exclude_defaults=True)
    shown = hidden(known.job.function, known.job.args, known.job.kwargs)
    job |= {key: value for key, value in shown.items() if key in job}
    return {**job, "who": known.who, "given": known.given, "expires": known.expires}


def arguments(known: KnownJob) -> str:
    """Return a job's arguments as they could be typed, without what looks secret."""
    words = [typed(known.job.function, known.job.args, known.job.kwargs)]
    if known.job.test:
        words.append("--test")
    return " ".join(filter(None, words))


def _row(known: KnownJob) -> tuple[str, ...]:
    text = arguments(known)
    cut = text if len(text) <= ARGUMENTS else f"{text[: ARGUMENTS - 1]}…"
    job = known.job
    target = f"{_FLAGS.get(job.kind, '')}{job.target}"
    target = target if len(target) <= 40 else f"{target[:39]}…"
    return (job.jid, known.who, ago(known.given), target, job.function, cut)
