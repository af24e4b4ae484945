"""``zester enroll token delete``: make join tokens worthless."""

from __future__ import annotations

import click

from zester.bus.link.connection import Bus
from zester.cli.console.context import Context, trust_option, with_bus
from zester.cli.enroll.token.drawer import Drawer
from zester.trust.tiers import Tier


@click.command()
@click.argument("tokens", nargs=-1, required=True, metavar="TOKEN…")
@trust_option
def delete(tokens: tuple[str, ...], context: Context) -> None:
    """Make the join tokens called TOKEN worthless; peels that they let in stay."""

    async def work(bus: Bus) -> None:
        drawer = await Drawer.open(bus, context)
        for name in tokens:
            await drawer.remove(name)
            click.echo(f"{name} deleted")

    with_bus(context, work, (Tier.OPERATOR,))
