"""``zester enroll token list``: join tokens and their uses."""

from __future__ import annotations

import time

import click

from zester.bus.link.connection import Bus
from zester.cli.console.context import Context, trust_option, with_bus
from zester.cli.console.output import dump, output_option, stamp, table
from zester.cli.enroll.token.drawer import Drawer, Kept
from zester.trust.tiers import Tier


@click.command("list")
@output_option
@trust_option
def list_tokens(fmt: str, context: Context) -> None:
    """List the join tokens; their words are kept nowhere."""

    async def work(bus: Bus) -> list[Kept]:
        drawer = await Drawer.open(bus, context)
        return await drawer.all()

    found = with_bus(context, work, (Tier.OPERATOR,))
    now = time.time()
    if fmt != "table":
        dump(
            [
                {
                    "id": kept.id,
                    "state": state_of(kept, now),
                    "used": kept.used,
                    "problem": kept.problem,
                    "record": kept.record.model_dump(mode="json") if kept.record else None,
                }
                for kept in found
            ],
            fmt,
        )
        return
    columns = ("TOKEN", "STATE", "USED", "UNTIL", "IDS", "LABELS", "NOTE")
    table(columns, [_row(kept, now) for kept in found])


def state_of(kept: Kept, now: float) -> str:
    """Return ``good``, ``over``, ``used up`` or ``unvouched``."""
    record = kept.record
    if record is None:
        return "unvouched"
    if record.expires is not None and record.expires < now:
        return "over"
    if record.uses is not None and (kept.used is None or kept.used >= record.uses):
        return "used up"
    return "good"


def _row(kept: Kept, now: float) -> tuple[str, ...]:
    record = kept.record
    if record is None:
        return (kept.id, "unvouched", "-", "-", "-", "-", kept.problem)
    used = "?" if kept.used is None else str(kept.used)
    return (
        kept.id,
        state_of(kept, now),
        f"{used}/{record.uses}" if record.uses is not None else "any",
        stamp(record.expires) if record.expires is not None else "-",
        " ".join(record.ids),
        " ".join(f"{key}={value}" for key, value in record.labels.items()) or "-",
        record.note,
    )
