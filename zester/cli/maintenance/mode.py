"""``zester mode``: put right what differs, or only tell."""

from __future__ import annotations

import time
from typing import cast

import click

from zester.bus.maintenance.records import Change
from zester.cli.console.context import Context, trust_option
from zester.cli.maintenance.changing import apply_change
from zester.resources.maintenance.maintenance import Maintenance, Mode, ModeChoice


@click.command()
@click.argument("mode", type=click.Choice(["observe", "enforce"]))
@click.argument("target")
@trust_option
def mode(mode: str, target: str, context: Context) -> int:
    """Have the peels that TARGET means put right what differs (enforce) or report it (observe).

    A tree asks for the same with `mode: observe` in zester.yaml, a state with `observe: true`.

    Exit codes: 0 stored for all, 1 error, or not stored for the peels that are named.
    """
    wanted, now = cast("Mode", mode), int(time.time())

    def make(who: str) -> Change:
        choice = ModeChoice(mode=wanted, by=who, since=now)

        def change(said: Maintenance) -> Maintenance:
            known = said.choice.mode if said.choice else "enforce"
            return said if known == wanted else said.model_copy(update={"choice": choice})

        return change

    return apply_change(context, target, mode, make, {})
