"""``zester enroll revoke``: cut peels off."""

from __future__ import annotations

import time

import anyio
import click

from zester.bus.link.connection import Bus
from zester.cli.console.context import Context, trust_option, with_bus
from zester.cli.console.verb import Verb
from zester.cli.enroll.register import Register
from zester.resources.enrollment.decisions import revoked
from zester.resources.enrollment.enrollment import Enrollment
from zester.trust.tiers import Tier

PATIENCE = 10.0


@click.command(cls=Verb, exits={3: "no master has done it yet"})
@click.argument("nodes", nargs=-1, required=True, metavar="ID…")
@click.option("--reason", default="", help="What is noted, and told to the machine.")
@click.option("--wait/--no-wait", default=True, help="Wait until a master has done it.")
@trust_option
def revoke(nodes: tuple[str, ...], reason: str, wait: bool, context: Context) -> None:
    """Cut the peels called ID off: at once, on every server, and for good.

    A master ends their connections, has the servers refuse their keys, and removes their grants,
    facts and status. What they already did to their machines stays. A machine may come back with a
    new key only.
    """

    def change(record: Enrollment) -> Enrollment:
        return revoked(record, reason, int(time.time()))

    async def work(bus: Bus) -> int:
        register = await Register.open(bus, context)
        for node in nodes:
            await register.change(node, change)
        return await _done(register, nodes) if wait else 0

    raise SystemExit(with_bus(context, work, (Tier.OPERATOR,)))


async def _done(register: Register, nodes: tuple[str, ...]) -> int:
    waiting = list(nodes)
    with anyio.move_on_after(PATIENCE):
        while waiting:
            for node in tuple(waiting):
                line = await register.line(node)
                if line.record is None or line.record.purged is not None:
                    click.echo(f"{node} revoked, cut off and purged")
                    waiting.remove(node)
            await anyio.sleep(0.1)
    for node in waiting:
        click.echo(f"{node} revoked; no master has cut it off yet", err=True)
    return 3 if waiting else 0
