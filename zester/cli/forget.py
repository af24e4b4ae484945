"""``zester forget``: a machine that will not come back."""

from __future__ import annotations

import click

from zester.bus.buckets import FACTS, STATUS
from zester.bus.fleet import read_fleet
from zester.bus.keys import make_key
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.cli.console.context import Context, trust_option, with_bus
from zester.errors import KeyNotFound, SettingsError
from zester.trust.tiers import Tier


@click.command()
@click.argument("peels", nargs=-1, required=True, metavar="PEEL…")
@trust_option
def forget(peels: tuple[str, ...], context: Context) -> None:
    """Remove what PEELs reported, so that pushes no longer wait for them.

    Only silent peels can be forgotten; one that comes back reports again and is known again, for it
    stays enrolled: `zester enroll revoke` ends that. The reports of its runs stay.
    """

    async def work(bus: Bus) -> None:
        fleet = await read_fleet(bus)
        for peel in peels:
            if peel not in fleet:
                raise KeyNotFound(f"no peel is called {peel!r}", hint="`zester status` lists them")
            if fleet[peel].live:
                raise SettingsError(f"{peel} is alive", hint="stop its agent first")
        for peel in peels:
            for bucket in (STATUS, FACTS):
                await Records(bus, bucket).delete(make_key(peel))
            click.echo(f"{peel} forgotten")

    with_bus(context, work, (Tier.OPERATOR,))
