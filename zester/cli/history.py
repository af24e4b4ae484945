"""``zester history``: who pushed what, when."""

from __future__ import annotations

from typing import Any

import click

from zester.bus.link.connection import Bus
from zester.bus.signed import Signed
from zester.cli.console.context import (
    GLANCE,
    Context,
    env_option,
    source_option,
    trust_option,
    with_bus,
)
from zester.cli.console.output import dump, output_option, stamp, table
from zester.errors import KeyNotFound
from zester.resources.head import Head
from zester.trees.heads import Heads


@click.command()
@env_option
@source_option
@output_option
@trust_option
def history(env: str, source: str, fmt: str, context: Context) -> None:
    """List the kept revisions of a source (at most 64), newest first."""

    async def work(bus: Bus) -> list[Signed[Head]]:
        found = await Heads(bus, await context.verifier(bus)).history(env, source)
        if not found:
            raise KeyNotFound(
                f"{env}/{source} was never pushed", hint="`zester push DIR` makes revision 1"
            )
        return list(reversed(found))

    found = with_bus(context, work, GLANCE)
    if fmt != "table":
        dump([_document(entry) for entry in found], fmt)
        return
    rows = [
        (
            str(entry.value.revision),
            stamp(entry.value.created),
            entry.value.author,
            entry.signer,
            entry.value.manifest[:12],
            "many" if entry.value.changed is None else str(len(entry.value.changed)),
            entry.value.message,
        )
        for entry in found
    ]
    table(("REVISION", "CREATED", "AUTHOR", "SIGNED BY", "TREE", "CHANGED", "MESSAGE"), rows)


def _document(entry: Signed[Head]) -> dict[str, Any]:
    return {**entry.value.model_dump(mode="json", exclude_none=True), "signed_by": entry.signer}
