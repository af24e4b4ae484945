"""``zester get``: a tree as a folder."""

from __future__ import annotations

import os
from pathlib import Path

import click

from zester.bus.link.connection import Bus
from zester.cli.console.context import Context, env_option, trust_option, with_bus
from zester.cli.selection import select_files
from zester.errors import SettingsError
from zester.resources.manifest import FileEntry
from zester.trees.fetch import read_file


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@env_option
@click.option("--source", help="One source alone. Default: all, laid over each other.")
@click.option("--revision", type=click.IntRange(min=1), help="An older revision of a source.")
@trust_option
def get(folder: Path, env: str, source: str | None, revision: int | None, context: Context) -> None:
    """Download a tree into FOLDER, which must be empty or not there yet."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsError(f"{folder} is not an empty folder", hint="name a new folder")

    async def work(bus: Bus) -> int:
        files = await select_files(bus, await context.verifier(bus), env, source, revision)
        for path, (_, entry) in files.items():
            if entry.sealed is None:
                await _download(bus, folder / path, entry)
            else:
                sealed.append(path)
        return len(files) - len(sealed)

    sealed: list[str] = []
    count = with_bus(context, work)
    if sealed:
        click.echo(f"left out, because they are sealed: {len(sealed)} settings files", err=True)
    click.echo(f"{count} files in {folder}", err=True)


async def _download(bus: Bus, target: Path, entry: FileEntry) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # The paths of a manifest were checked when it was parsed: none leaves the folder.
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, entry.mode)
    with os.fdopen(handle, "wb") as file:
        async for part in read_file(bus, entry):
            file.write(part)
