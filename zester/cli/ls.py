"""``zester ls``: the files of a tree."""

from __future__ import annotations

import click

from zester.bus.link.connection import Bus
from zester.cli.console.context import Context, env_option, trust_option, with_bus
from zester.cli.console.output import dump, output_option, table
from zester.cli.selection import select_files
from zester.resources.manifest import FileEntry


@click.command()
@click.argument("prefix", default="")
@env_option
@click.option("--source", help="One source alone. Default: all, laid over each other.")
@click.option("--revision", type=click.IntRange(min=1), help="An older revision of a source.")
@output_option
@trust_option
def ls(
    prefix: str, env: str, source: str | None, revision: int | None, fmt: str, context: Context
) -> None:
    """List the files below PREFIX that an environment comes to."""

    async def work(bus: Bus) -> dict[str, tuple[str, FileEntry]]:
        return await select_files(bus, await context.verifier(bus), env, source, revision)

    folder = prefix.strip("/")
    found = [
        (path, owner, entry)
        for path, (owner, entry) in sorted(with_bus(context, work).items())
        if not folder or path == folder or path.startswith(folder + "/")
    ]
    if fmt != "table":
        dump(
            [
                {"path": path, "source": owner, "size": entry.size, "digest": entry.digest}
                for path, owner, entry in found
            ],
            fmt,
        )
        return
    rows = [(str(entry.size), owner, entry.digest[:12], path) for path, owner, entry in found]
    table(("SIZE", "SOURCE", "DIGEST", "PATH"), rows)
