"""``zester enroll forget``: remove what is kept of machines that are out."""

from __future__ import annotations

import time

import click

from zester.bus.link.connection import Bus
from zester.cli.console.context import Context, trust_option, with_bus
from zester.cli.enroll.register import Line, Register
from zester.errors import SettingsError
from zester.trust.tiers import Tier

LIVES = 32 * 86_400
"""Seconds that tokens of a revoked key may still live where nobody changed that."""


@click.command()
@click.argument("nodes", nargs=-1, required=True, metavar="ID…")
@click.option("--force", is_flag=True, help="Also what cannot be believed, or was just revoked.")
@trust_option
def forget(nodes: tuple[str, ...], force: bool, context: Context) -> None:
    """Remove the records of machines that wait or are out; they may ask again like new ones."""

    async def work(bus: Bus) -> None:
        register = await Register.open(bus, context)
        for node in nodes:
            check_forgettable(await register.line(node), time.time(), force=force)
        for node in nodes:
            await register.remove(node)
            click.echo(f"{node} forgotten")

    with_bus(context, work, (Tier.OPERATOR,))


def check_forgettable(line: Line, now: float, *, force: bool) -> None:
    """Raise SettingsError for a machine whose record is still needed."""
    record = line.record
    if record is None or line.problem:
        if not force:
            raise SettingsError(
                f"{line.id}: {line.problem}", hint="--force removes it all the same"
            )
        return
    if record.state == "accepted":
        raise SettingsError(
            f"{line.id} is a peel", hint=f"`zester enroll revoke {line.id}` cuts it off"
        )
    young = any(moment + LIVES > now for moment in record.revoked.values())
    if young and not force:
        raise SettingsError(
            f"{line.id}: its revoked key may still have credentials, which the record keeps out",
            hint="wait until they are over, or use --force",
        )
