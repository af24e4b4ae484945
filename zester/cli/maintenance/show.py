"""``zester maintenance``: which machines may be changed, and which not."""

from __future__ import annotations

import time
from typing import Any

import click

from zester.bus.maintenance.records import Said, read_maintenance
from zester.cli.console.context import Context, trust_option
from zester.cli.console.output import dump, output_option, table
from zester.cli.fleet.operator import Operator, with_operator
from zester.cli.maintenance.chosen import choose
from zester.resources.maintenance.maintenance import Maintenance
from zester.resources.maintenance.window import Window


@click.command()
@click.argument("target", default="*")
@click.option("--all", "everybody", is_flag=True, help="Also peels of which nothing is said.")
@output_option
@trust_option
def maintenance(target: str, everybody: bool, fmt: str, context: Context) -> None:
    """Show what operators said about changing the peels that TARGET means.

    From the signed records, so also for peels that are silent. `zester status` shows what each peel
    makes of it.
    """

    async def work(operator: Operator) -> dict[str, Said]:
        chosen = await choose(operator, target)
        return await read_maintenance(operator.bus, operator.verifier, chosen.peels)

    found = with_operator(context, work)
    told = {
        node: said
        for node, said in sorted(found.items())
        if everybody or said.value is not None or said.problem
    }
    now = time.time()
    if fmt != "table":
        dump([_document(node, said, now) for node, said in told.items()], fmt)
        return
    columns = ("PEEL", "NOW", "WHY", "WINDOWS", "LAST BY")
    table(columns, [_row(node, said, now) for node, said in told.items()])


def _row(node: str, said: Said, now: float) -> tuple[str, ...]:
    if said.value is None:
        return (node, "?" if said.problem else "enforce", said.problem or "-", "-", "-")
    verdict = said.value.verdict(now)
    windows = "; ".join(_window(each) for each in said.value.windows) or "-"
    return (node, verdict.kind, verdict.message or "-", windows, said.signer)


def _window(window: Window) -> str:
    kind = "" if window.kind == "allow" else "deny "
    length = f"{window.duration // 3600}h" if not window.duration % 3600 else f"{window.duration}s"
    return f"{kind}{window.name} ({window.schedule} {window.zone}, {length})"


def _document(node: str, said: Said, now: float) -> dict[str, Any]:
    value: Maintenance | None = said.value
    return {
        "peel": node,
        "now": value.verdict(now).kind if value else "enforce",
        "message": value.verdict(now).message if value else said.problem,
        "signer": said.signer,
        "said": value.model_dump(mode="json") if value else None,
    }
