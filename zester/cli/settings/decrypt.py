"""``zester decrypt``: read encrypted values with the masters' key."""

from __future__ import annotations

from pathlib import Path

import click

from zester.bus.link.connection import Bus
from zester.cli.console.context import (
    LOOK,
    Context,
    env_option,
    source_option,
    trust_option,
    with_bus,
)
from zester.cli.settings.scope import (
    MASTERS_KEY,
    keyring_of,
    read_masters_key,
    read_value,
    settings_path,
)
from zester.cli.settings.values import in_clear, open_value
from zester.errors import KeyNotFound
from zester.resources.sealing.scope_keys import ScopeKeys
from zester.trees.sealed.scopes import scope_of


@click.command()
@click.argument("value", required=False)
@click.option("--file", "path", required=True, help="The settings file: settings/db.zy")
@MASTERS_KEY
@env_option
@source_option
@trust_option
def decrypt(
    value: str | None, path: str, masters_key: Path, env: str, source: str, context: Context
) -> None:
    """Print VALUE in clear, or a whole file that is given on standard input."""
    masters = read_masters_key(masters_key)
    scope = scope_of(source, settings_path(path))
    text = read_value(value, "Encrypted value")

    async def work(bus: Bus) -> ScopeKeys:
        found = await (await keyring_of(context, bus)).get([scope])
        if scope not in found:
            raise KeyNotFound(f"{path} of source {source} has no keys yet")
        return found[scope]

    keys = with_bus(context, work, LOOK)
    click.echo(in_clear(text, lambda word: open_value(masters, keys, word)))
