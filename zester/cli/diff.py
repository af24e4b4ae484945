"""``zester diff``: two revisions beside each other."""

from __future__ import annotations

import difflib

import click

from zester.bus.link.connection import Bus
from zester.cli.console.context import Context, env_option, source_option, trust_option, with_bus
from zester.cli.console.output import dump, output_option
from zester.cli.console.problems import printable
from zester.cli.selection import head_at
from zester.resources.manifest import FileEntry
from zester.trees.diff import TreeDiff, diff_trees
from zester.trees.fetch import manifest_from_bus, read_file

TEXT_LIMIT = 256 * 1024


@click.command()
@click.argument("old", type=click.IntRange(min=1))
@click.argument("new", type=click.IntRange(min=1))
@env_option
@source_option
@click.option("--stat", is_flag=True, help="Only the names of the files.")
@output_option
@trust_option
def diff(old: int, new: int, env: str, source: str, stat: bool, fmt: str, context: Context) -> None:
    """Show what differs between revisions OLD and NEW of a source, as a unified diff."""

    async def work(bus: Bus) -> tuple[TreeDiff, list[str]]:
        verifier = await context.verifier(bus)
        first = await head_at(bus, verifier, env, source, old)
        second = await head_at(bus, verifier, env, source, new)
        before = (await manifest_from_bus(bus, first)).files
        after = (await manifest_from_bus(bus, second)).files
        found = diff_trees(before, after)
        lines: list[str] = []
        if fmt == "table" and not stat:
            for path in found.paths:
                lines += await _file_diff(bus, path, before.get(path), after.get(path))
        return found, lines

    found, lines = with_bus(context, work)
    if fmt != "table":
        dump({"added": found.added, "removed": found.removed, "modified": found.modified}, fmt)
    elif stat:
        for mark, paths in (("A", found.added), ("D", found.removed), ("M", found.modified)):
            for path in paths:
                click.echo(f"{mark} {printable(path)}")
    else:
        for line in lines:
            click.echo(printable(line))


async def _file_diff(
    bus: Bus, path: str, old: FileEntry | None, new: FileEntry | None
) -> list[str]:
    if (old and old.sealed) or (new and new.sealed):
        return [f"Sealed files a/{path} and b/{path} differ"]
    before, after = await _lines(bus, old), await _lines(bus, new)
    if before is None or after is None:
        return [f"Binary or large files a/{path} and b/{path} differ"]
    lines = [
        line.rstrip("\n")
        for line in difflib.unified_diff(
            before,
            after,
            f"a/{path}" if old else "/dev/null",
            f"b/{path}" if new else "/dev/null",
        )
    ]
    if old and new and old.mode != new.mode:
        lines.insert(0, f"mode of {path}: {old.mode:04o} → {new.mode:04o}")
    return lines


async def _lines(bus: Bus, entry: FileEntry | None) -> list[str] | None:
    if entry is None:
        return []
    if entry.size > TEXT_LIMIT:
        return None
    data = b"".join([part async for part in read_file(bus, entry)])
    try:
        return data.decode().splitlines(keepends=True)
    except UnicodeDecodeError:
        return None
