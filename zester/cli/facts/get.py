"""``zester facts get``."""

from __future__ import annotations

import click

from zester.bus.buckets import FACTS
from zester.bus.keys import make_key
from zester.bus.kv import Kv
from zester.bus.link.connection import Bus
from zester.cli.console.context import Context, trust_option, with_bus
from zester.cli.console.output import dump, output_option
from zester.cli.console.problems import printable
from zester.cli.fleet.value_text import value_text
from zester.errors import KeyNotFound
from zester.resources.nodes.facts import NodeFacts
from zester.targeting.os_fact import with_os_fact
from zester.targeting.paths import MISSING, lookup
from zester.trust.tiers import Tier


@click.command()
@click.argument("peel")
@click.argument("path", default="")
@output_option
@trust_option
def get(peel: str, path: str, fmt: str, context: Context) -> None:
    """Print the facts that PEEL published last, or the one at PATH: `os:family`, `network.ipv4`."""

    async def work(bus: Bus) -> NodeFacts:
        entry = await Kv(bus, FACTS, NodeFacts).get(make_key(peel))
        if entry is None:
            raise KeyNotFound(
                f"{peel} has published no facts", hint="`zester facts query '*'` lists who has"
            )
        return entry.value

    found = with_bus(context, work, (Tier.OPERATOR,))
    for origin, problem in found.problems.items():
        click.echo(printable(f"warning: facts of {origin} are incomplete: {problem}"), err=True)
    value = lookup(with_os_fact(found.values), path, MISSING) if path else found.values
    if value is MISSING:
        raise KeyNotFound(f"{peel} has no fact {path!r}")
    if fmt == "table":
        click.echo(printable(value_text(value)))
    else:
        dump(value, fmt)
