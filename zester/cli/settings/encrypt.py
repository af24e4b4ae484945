"""``zester encrypt``: a value that may be committed to git."""

from __future__ import annotations

import click

from zester.bus.link.connection import Bus
from zester.cli.console.context import Context, env_option, source_option, trust_option, with_bus
from zester.cli.settings.scope import keyring_of, read_value, settings_path
from zester.cli.settings.values import seal_value
from zester.resources.sealing.encrypted import TAG
from zester.trees.sealed.scopes import scope_of
from zester.trust.tiers import Tier


@click.command()
@click.argument("value", required=False)
@click.option("--file", "path", required=True, help="The settings file: settings/db.zy")
@env_option
@source_option
@trust_option
def encrypt(value: str | None, path: str, env: str, source: str, context: Context) -> None:
    """Encrypt VALUE so that only the nodes that get the settings file can read it.

    Without VALUE it is asked for, or read from standard input: what stands on a command line can be
    seen by other users of this machine.
    """
    scope = scope_of(source, settings_path(path))
    text = read_value(value, "Value")

    async def work(bus: Bus) -> str:
        keyring = await keyring_of(context, bus)
        return seal_value((await keyring.ensure([scope]))[scope], text)

    click.echo(f"{TAG} {with_bus(context, work, (Tier.PUBLISHER,))}")
