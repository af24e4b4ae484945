"""``zester enroll list``: machines that wait, that are in, that are out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from zester.bus.buckets import ROLLUPS
from zester.bus.fleet import PeelView, read_fleet
from zester.bus.keys import make_key
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.cli.console.context import Context, trust_option, with_bus
from zester.cli.console.output import ago, dump, output_option, table
from zester.cli.console.problems import printable
from zester.cli.enroll.register import Line, Register
from zester.errors import InvalidDocument
from zester.resources.enrollment.enrollment import Enrollment
from zester.resources.enrollment.refusals import Refusals
from zester.trust.tiers import Tier

STATES = ("pending", "accepted", "rejected", "revoked", "unvouched")
NAMED = 3


@click.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only these.")
@output_option
@trust_option
def list_machines(state: str | None, fmt: str, context: Context) -> None:
    """List every machine that asked, those that wait first, and who was refused at the door."""

    async def work(bus: Bus) -> tuple[list[Line], Refusals | None, dict[str, PeelView]]:
        register = await Register.open(bus, context)
        return await register.lines(), await _refused(bus), await read_fleet(bus)

    lines, refused, fleet = with_bus(context, work, (Tier.OPERATOR,))
    shown = [line for line in lines if state is None or state_of(line) == state]
    shown.sort(key=lambda line: (STATES.index(state_of(line)), line.id))
    if fmt != "table":
        dump(_document(shown, refused, fleet), fmt)
        return
    columns = ("ID", "STATE", "LIVE", "ASKED", "RENEWED", "FROM", "LABELS", "BY", "NOTE")
    table(columns, [_row(line, fleet.get(line.id)) for line in shown])
    if refused is not None:
        click.echo(_told(refused), err=True)


def state_of(line: Line) -> str:
    """Return the state; ``unvouched`` when nobody whom we believe signed it."""
    return line.record.state if line.record is not None and not line.problem else "unvouched"


def note_of(record: Enrollment) -> str:
    """Return what an operator has to know first."""
    if record.rivals and record.state in ("pending", "accepted"):
        count = len(record.rivals)
        rivals = f"{count} other key{'s' if count > 1 else ''} asked for this id"
        return f"{rivals}; {record.note}" if record.note else rivals
    return record.note


async def _refused(bus: Bus) -> Refusals | None:
    record = await Records(bus, ROLLUPS).get(make_key("enrollment", "refused"))
    try:
        return Refusals.decode(record.value) if record is not None else None
    except InvalidDocument:
        return None


def duplicate(view: PeelView | None) -> str:
    """Return why a peel seems to be two machines, nothing when it does not."""
    if view is None or not view.live or view.status is None:
        return ""
    condition = view.status.condition("DuplicateIdentity")
    return f"{condition.type}: {condition.message}" if condition is not None else ""


def _row(line: Line, view: PeelView | None) -> tuple[str, ...]:
    record = line.record
    if record is None:
        return (line.id, "unvouched", "-", "-", "-", "-", "-", "-", line.problem)
    presence = "yes" if view is not None and view.live else "silent"
    return (
        line.id,
        state_of(line),
        presence if record.state == "accepted" else "-",
        ago(record.requested),
        ago(record.renewed) if record.renewed else "-",
        record.source or "-",
        " ".join(f"{key}={value}" for key, value in record.labels.items()) or "-",
        record.by or "-",
        line.problem or duplicate(view) or note_of(record),
    )


def _told(refused: Refusals) -> str:
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(refused.reasons.items()))
    busiest = sorted(refused.sources.items(), key=lambda item: -item[1])[:NAMED]
    sources = ", ".join(f"{source or 'unknown'} {count}" for source, count in busiest)
    return printable(f"refused at the door: {reasons}; most from {sources}")


def _document(
    lines: list[Line], refused: Refusals | None, fleet: Mapping[str, PeelView]
) -> dict[str, Any]:
    return {
        "machines": [
            {
                "id": line.id,
                "state": state_of(line),
                "live": line.id in fleet and fleet[line.id].live,
                "duplicate": bool(duplicate(fleet.get(line.id))),
                "signer": line.signer,
                "problem": line.problem,
                "record": line.record.model_dump(mode="json") if line.record else None,
            }
            for line in lines
        ],
        "refused": refused.model_dump(mode="json") if refused is not None else None,
    }
