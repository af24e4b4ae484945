"""``zester cat``: one file of a tree."""

from __future__ import annotations

import click

from zester.bus.link.connection import Bus
from zester.cli.console.context import Context, env_option, trust_option, with_bus
from zester.cli.console.output import write_bytes
from zester.cli.selection import select_files
from zester.errors import At, KeyNotFound, NotGranted
from zester.trees.fetch import read_file


@click.command()
@click.argument("path")
@env_option
@click.option("--source", help="One source alone. Default: all, laid over each other.")
@click.option("--revision", type=click.IntRange(min=1), help="An older revision of a source.")
@trust_option
def cat(path: str, env: str, source: str | None, revision: int | None, context: Context) -> None:
    """Print the file PATH, verified."""

    async def work(bus: Bus) -> None:
        files = await select_files(bus, await context.verifier(bus), env, source, revision)
        if path not in files:
            raise KeyNotFound(f"the tree has no file {path!r}", hint="`zester ls` lists them")
        entry = files[path][1]
        if entry.sealed is not None:
            raise NotGranted(
                f"is sealed (generation {entry.sealed.generation}): only the nodes it is for, and "
                "masters, can read it",
                at=At(path),
                hint="look at it where it was pushed from",
            )
        async for part in read_file(bus, entry):
            write_bytes(part)

    with_bus(context, work)
