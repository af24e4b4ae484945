"""``zester enroll reject``: say no to machines that wait."""

from __future__ import annotations

import click

from zester.bus.link.connection import Bus
from zester.cli.console.context import Context, trust_option, with_bus
from zester.cli.enroll.register import Register
from zester.errors import SettingsError
from zester.resources.enrollment.enrollment import Enrollment
from zester.trust.tiers import Tier

REMEMBERED = 64


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


def rejected(record: Enrollment, reason: str) -> Enrollment:
    """Return the record of a machine that is refused; raises SettingsError for a peel."""
    if record.state == "accepted":
        raise SettingsError(
            f"{record.id} is a peel already", hint=f"`zester enroll revoke {record.id}` cuts it off"
        )
    if record.state == "revoked":
        return record
    refused = (*(key for key in record.refused if key != record.key), record.key)
    return record.model_copy(
        update={"state": "rejected", "note": reason[:256], "refused": refused[-REMEMBERED:]}
    )
