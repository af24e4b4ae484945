"""``zester history``: who pushed what, when."""

from __future__ import annotations

import click

from zester.bus.link.connection import Bus
from zester.cli.console.context import env_option, source_option, url_option, with_bus
from zester.cli.console.output import dump, output_option, stamp, table
from zester.errors import KeyNotFound
from zester.resources.head import Head
from zester.trees.heads import Heads


@click.command()
@env_option
@source_option
@output_option
@url_option
def history(env: str, source: str, fmt: str, url: str | None) -> None:
    """List the kept revisions of a source (at most 64), newest first."""

    async def work(bus: Bus) -> list[Head]:
        found = await Heads(bus, None).history(env, source)
        if not found:
            raise KeyNotFound(
                f"{env}/{source} was never pushed", hint="`zester push DIR` makes revision 1"
            )
        return [entry.value for entry in reversed(found)]

    heads = with_bus(url, work)
    if fmt != "table":
        dump([head.model_dump(mode="json", exclude_none=True) for head in heads], fmt)
        return
    rows = [
        (
            str(head.revision),
            stamp(head.created),
            head.author,
            head.manifest[:12],
            "many" if head.changed is None else str(len(head.changed)),
            head.message,
        )
        for head in heads
    ]
    table(("REVISION", "CREATED", "AUTHOR", "TREE", "CHANGED", "MESSAGE"), rows)
