"""``zester suspend``: leave machines alone for a while."""

from __future__ import annotations

import time

import click

from zester.bus.maintenance.records import Change
from zester.cli.console.context import Context, trust_option
from zester.cli.maintenance.changing import apply_change
from zester.resources.maintenance.maintenance import Maintenance, Suspension, check_reason
from zester.resources.maintenance.moment import parse_moment


@click.command()
@click.argument("target")
@click.option("--reason", required=True, metavar="WHY", help="Shown to everybody who looks.")
@click.option(
    "--until",
    metavar="WHEN",
    help="It ends by itself: 90m, 7d, 18:30, '2026-11-30 06:00'. Default: never.",
)
@trust_option
def suspend(target: str, reason: str, until: str | None, context: Context) -> int:
    """Keep the peels that TARGET means from looking at and changing their machines.

    At once, also in the middle of a run: what a state has begun it finishes, no other begins. A
    peel that is away obeys when it is back. Commands still work; `state.apply` is refused without
    force=true. A later suspension replaces an earlier one.

    Exit codes: 0 stored for all, 1 error, or not stored for the peels that are named.
    """
    why, now = check_reason(reason), int(time.time())
    end = parse_moment(until, now) if until else None

    def make(who: str) -> Change:
        pause = Suspension(reason=why, by=who, since=now, until=end)

        def change(said: Maintenance) -> Maintenance:
            return said.model_copy(update={"suspension": pause})

        return change

    return apply_change(context, target, "suspend", make, {"reason": why, "until": end})
