"""``zester audit``."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

import click

from zester.bus.jobs.audit import audit_entry, read_audit
from zester.bus.jobs.finding import list_jobs
from zester.bus.jobs.tally import Tally
from zester.bus.maintenance.trail import Step, read_trail
from zester.cli.console.context import Context, trust_option
from zester.cli.console.output import dump, output_option, stamp, table
from zester.cli.console.span import read_span
from zester.cli.fleet.operator import Operator, with_operator
from zester.dataclass import dataclass
from zester.resources.jobs.audit import NAMED as COUNTED
from zester.resources.jobs.audit import AuditEntry
from zester.resources.jobs.job import part_of

NAMED = 5
SHOWN = 80


@dataclass(frozen=True, slots=True)
class Line:
    """One command: what was ``given``, and what became of it so far."""

    given: AuditEntry
    outcome: AuditEntry

    @property
    def state(self) -> str:
        return {"given": "open"}.get(self.outcome.what, self.outcome.what)


@click.command()
@click.option("--since", default="1d", show_default=True, help="How far back: 90m, 12h, 7d …")
@click.option("--who", help="Only commands of one operator.")
@click.option("--peel", help="Only commands that were refused, failed or not answered there.")
@output_option
@trust_option
def audit(since: str, who: str | None, peel: str | None, fmt: str, context: Context) -> None:
    """Tell who had what done where, and with what result, oldest first.

    Masters write this down and nobody can change it; what looks like a password is left out. What
    was said with suspend, resume, mode and window is read off the signed records themselves.
    Messages that claimed to be commands and were not believed are told as well.
    """
    begin = time.time() - read_span(since)

    async def work(operator: Operator) -> list[Line]:
        return await read_lines(operator, begin)

    found = [
        line
        for line in with_operator(context, work)
        if who in (None, line.given.who)
        and (peel is None or peel in (*line.outcome.others, *line.outcome.silent))
    ]
    if fmt != "table":
        dump([_document(line) for line in found], fmt)
        return
    table(("WHEN", "WHO", "TARGET", "COMMAND", "RESULT"), [_row(line) for line in found])


async def read_lines(operator: Operator, since: float) -> list[Line]:
    """Return every command since a time; those that no master has seen yet are in it."""
    bus = operator.bus
    given: dict[str, AuditEntry] = {}
    closed: dict[str, AuditEntry] = {}
    async for entry in read_audit(bus, since=since):
        (closed if entry.what == "closed" else given).setdefault(entry.jid, entry)
    for known in await list_jobs(bus, operator.verifier):
        if known.given >= since and known.job.jid not in given:
            given[known.job.jid] = audit_entry(known, "given", float(known.given))
    lines = []
    for entry in given.values():
        if part_of(entry.jid) != entry.jid and part_of(entry.jid) in given:
            continue  # told with the job that it is a part of
        if entry.what == "given" and entry.jid not in closed:
            lines.append(Line(entry, await _so_far(operator, entry)))
        else:
            lines.append(Line(entry, closed.get(entry.jid, entry)))
    steps = await read_trail(bus, operator.verifier, since=since)
    lines += [_step(step) for step in steps]
    return sorted(lines, key=lambda line: (line.given.at, line.given.jid))


def _step(step: Step) -> Line:
    """Return what was said about changing machines as one of the commands."""
    count = len(step.peels)
    verb, _, rest = step.what.partition(" ")
    given = AuditEntry(
        jid=f"maintenance-{int(step.at)}",
        what="closed",
        at=step.at,
        who=step.who,
        target=step.peels[0] if count == 1 else f"{count} peels",
        function=verb,
        arguments=_cut(rest, 2000),
        results={"stored": count},
        others=dict.fromkeys(step.peels[:COUNTED], "stored"),
    )
    return Line(given, given)


async def _so_far(operator: Operator, entry: AuditEntry) -> AuditEntry:
    tally = Tally(entry.jid)
    await tally.look(operator.bus)
    others = {node: found for node, found in tally.statuses.items() if found != "done"}
    results = dict(Counter(tally.statuses.values()))
    return entry.model_copy(update={"results": results, "others": others})


def _document(line: Line) -> dict[str, Any]:
    shown = line.given.model_dump(mode="json", exclude={"what", "at", "results", "others"})
    outcome = line.outcome
    return {
        **shown,
        "given": line.given.at,
        "state": line.state,
        "closed": outcome.at if outcome.what == "closed" else None,
        "results": outcome.results,
        "others": outcome.others,
        "silent": list(outcome.silent),
    }


def _row(line: Line) -> tuple[str, ...]:
    given = line.given
    words = [given.function, given.arguments, "--test" if given.test else ""]
    command = " ".join(filter(None, words))
    return (
        stamp(given.at),
        given.who or "?",
        _cut(given.target or given.jid, 40),
        _cut(command, SHOWN),
        _result(line),
    )


def _result(line: Line) -> str:
    if line.state == "disbelieved":
        return f"not believed: {line.given.error}"
    outcome = line.outcome
    parts = []
    for status, count in sorted(outcome.results.items(), key=lambda each: each[0] != "done"):
        named = (
            outcome.silent
            if status == "silent"
            else [node for node, found in outcome.others.items() if found == status]
        )
        parts.append(f"{count} {status}" + _names(named))
    if line.state == "open":
        parts.append("open")
    return ", ".join(parts) or "nobody"


def _names(nodes: Iterable[str]) -> str:
    names = sorted(nodes)
    more = len(names) - NAMED
    listed = " ".join(names[:NAMED]) + (f" +{more}" if more > 0 else "")
    return f" ({listed})" if names else ""


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
