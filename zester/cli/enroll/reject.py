"""``zester enroll reject``: say no to machines that wait."""

from __future__ import annotations

import click

from zester.bus.link.connection import Bus
from zester.cli.console.context import Context, trust_option, with_bus
from zester.cli.enroll.register import Register
from zester.resources.enrollment.decisions import rejected
from zester.resources.enrollment.enrollment import Enrollment
from zester.trust.tiers import Tier


@click.command()
@click.argument("nodes", nargs=-1, required=True, metavar="ID…")
@click.option("--reason", default="", help="What the machine is told.")
@trust_option
def reject(nodes: tuple[str, ...], reason: str, context: Context) -> None:
    """Say no to the machines called ID: the key that asked is refused, another one may ask."""

    def change(record: Enrollment) -> Enrollment:
        return rejected(record, reason)

    async def work(bus: Bus) -> None:
        register = await Register.open(bus, context)
        for node in nodes:
            await register.change(node, change)
            click.echo(f"{node} rejected")

    with_bus(context, work, (Tier.OPERATOR,))
