"""``zester rollback``: make an old tree current again."""

from __future__ import annotations

import click

from zester.bus.link.connection import Bus
from zester.cli.console.context import (
    Context,
    author,
    env_option,
    source_option,
    trust_option,
    with_bus,
)
from zester.cli.console.verb import FLEET, Verb
from zester.cli.wait import wait_option, wait_timeout_option, watch_convergence
from zester.trees.publish import rollback as roll_back
from zester.trust.tiers import Tier


@click.command(cls=Verb, exits=FLEET)
@click.argument("revision", type=click.IntRange(min=1))
@env_option
@source_option
@click.option("-m", "--message", default="", help="Why; kept in the history.")
@wait_option
@wait_timeout_option
@trust_option
def rollback(
    revision: int,
    env: str,
    source: str,
    message: str,
    wait: bool,
    timeout: float,
    context: Context,
) -> None:
    """Make REVISION's tree current again, as a new revision."""

    async def work(bus: Bus) -> int:
        by = context.authority(await context.verifier(bus))
        head = await roll_back(
            bus,
            env=env,
            source=source,
            revision=revision,
            author=author(),
            message=message,
            by=by,
        )
        click.echo(f"{env}/{source} revision {head.revision} (the tree of revision {revision})")
        if not wait:
            return 0
        return await watch_convergence(bus, env, source, head.revision, timeout)

    raise SystemExit(with_bus(context, work, (Tier.PUBLISHER,)))
