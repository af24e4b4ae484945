"""``zester enroll show``: everything about one machine."""

from __future__ import annotations

import click

from zester.bus.link.connection import Bus
from zester.cli.console.context import Context, trust_option, with_bus
from zester.cli.console.output import dump, output_option, stamp
from zester.cli.console.problems import printable
from zester.cli.enroll.list import state_of
from zester.cli.enroll.register import Line, Register
from zester.resources.enrollment.enrollment import Enrollment
from zester.trust.tiers import Tier


@click.command()
@click.argument("node", metavar="ID")
@output_option
@trust_option
def show(node: str, fmt: str, context: Context) -> None:
    """Show the machine called ID: its key, what it says of itself, what was decided and by whom."""

    async def work(bus: Bus) -> Line:
        register = await Register.open(bus, context)
        return await register.line(node)

    line = with_bus(context, work, (Tier.OPERATOR,))
    if fmt != "table":
        record = line.record.model_dump(mode="json") if line.record is not None else None
        dump({"id": line.id, "problem": line.problem, "signer": line.signer, "record": record}, fmt)
        return
    for name, value in _facts(line):
        click.echo(printable(f"{name:10} {value}").rstrip())


def _facts(line: Line) -> list[tuple[str, str]]:
    facts = [("id", line.id), ("state", state_of(line))]
    if line.record is None:
        return [*facts, ("problem", line.problem)]
    if line.problem:
        facts.append(("problem", line.problem))
    return [*facts, *_of(line.record), ("signed by", line.signer)]


def _of(record: Enrollment) -> list[tuple[str, str]]:
    told = record.machine
    facts = [
        ("key", record.key),
        ("env", record.env),
        ("says", f"host {told.host or '?'}, {told.os or '?'}, zester {told.version or '?'}"),
        ("asked", f"{stamp(record.requested)} from {record.source or '?'}"),
    ]
    if record.decided is not None:
        facts.append(("decided", f"{stamp(record.decided)} by {record.by}"))
    if record.note:
        facts.append(("note", record.note))
    if record.renewed is not None:
        facts.append(("renewed", stamp(record.renewed)))
    if record.purged is not None:
        facts.append(("purged", stamp(record.purged)))
    facts += [("label", f"{key}={value}") for key, value in record.labels.items()]
    facts += [
        ("rival", f"{rival.key} from {rival.source or '?'}, {stamp(rival.at)}")
        for rival in record.rivals
    ]
    facts += [("revoked", f"{key} {stamp(moment)}") for key, moment in record.revoked.items()]
    facts += [("refused", key) for key in record.refused]
    return facts
