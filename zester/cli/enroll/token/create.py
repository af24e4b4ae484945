"""``zester enroll token create``: a word that lets machines in."""

from __future__ import annotations

import re
import secrets
import time

import click

from zester.bus.link.connection import Bus
from zester.cli.console.context import Context, trust_option, with_bus
from zester.cli.console.output import dump, output_option, stamp
from zester.cli.enroll.token.drawer import Drawer
from zester.resources.enrollment.invitation import Invitation
from zester.resources.enrollment.join_token import USES_LIMIT, JoinToken
from zester.resources.nodes.labels import parse_labels
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.tiers import Tier

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


@click.command()
@click.option(
    "--uses",
    type=click.IntRange(0, USES_LIMIT),
    default=1,
    show_default=True,
    help="Machines it lets in; 0 = any number.",
)
@click.option("--ttl", default="24h", show_default=True, metavar="TIME", help="30m, 24h, 7d; 0.")
@click.option("--id", "ids", multiple=True, metavar="GLOB", help="Ids it is for. Default: all.")
@click.option("--label", "labels", multiple=True, metavar="KEY=VALUE", help="What they become.")
@click.option("--note", default="", help="What it is for.")
@output_option
@trust_option
def create(
    uses: int,
    ttl: str,
    ids: tuple[str, ...],
    labels: tuple[str, ...],
    note: str,
    fmt: str,
    context: Context,
) -> None:
    """Make a join token and print its word, once: only its public half is kept.

    The word also tells the machine where to ask and which operator to believe.
    """
    seconds = parse_time(ttl)
    key = KeyPair.generate(KeyKind.USER)
    now = int(time.time())
    folder = context.folder
    record = JoinToken(
        id="".join(secrets.choice(_ALPHABET) for _ in range(10)),
        env=folder.context.env,
        key=key.public,
        uses=uses or None,
        expires=now + seconds if seconds else None,
        ids=ids or ("*",),
        labels=parse_labels(labels),
        created=now,
        note=note[:256],
    )

    async def work(bus: Bus) -> None:
        drawer = await Drawer.open(bus, context)
        await drawer.put(record)

    with_bus(context, work, (Tier.OPERATOR,))
    word = Invitation(
        url=context.servers,
        env=record.env,
        operator=folder.context.operator,
        ca=folder.authorities(),
        id=record.id,
        seed=key.seed,
    ).text()
    if fmt != "table":
        dump({"id": record.id, "word": word, "expires": record.expires, "uses": record.uses}, fmt)
        return
    until = f"until {stamp(record.expires)}" if record.expires else "without end"
    count = f"{record.uses} machine{'s' if record.uses != 1 else ''}" if record.uses else "any"
    click.echo(f"join token {record.id} for {count}, {until}", err=True)
    click.echo(word)


def parse_time(text: str) -> int:
    """Return the seconds of ``30m``, ``24h``, ``7d``, 0 for no end; raises click.BadParameter."""
    found = re.fullmatch(r"(\d{1,6})([smhd]?)", text)
    if found is None:
        raise click.BadParameter(f"not a time: {text[:40]!r}; write it as 30m, 24h or 7d")
    return int(found[1]) * _UNITS[found[2] or "s"]
