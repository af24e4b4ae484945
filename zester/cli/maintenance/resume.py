"""``zester resume``: what was suspended may go on."""

from __future__ import annotations

import click

from zester.bus.maintenance.records import Change
from zester.cli.console.context import Context, trust_option
from zester.cli.maintenance.changing import apply_change
from zester.resources.maintenance.maintenance import Maintenance


@click.command()
@click.argument("target")
@trust_option
def resume(target: str, context: Context) -> int:
    """End the suspension of the peels that TARGET means; they converge at once.

    Exit codes: 0 stored for all, 1 error, or not stored for the peels that are named.
    """

    def make(_who: str) -> Change:
        return _resumed

    return apply_change(context, target, "resume", make, {})


def _resumed(said: Maintenance) -> Maintenance:
    return said.model_copy(update={"suspension": None})
