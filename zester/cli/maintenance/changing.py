"""Change what is said of the peels that a target means, and tell what became of it."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import click

from zester.bus.events import tell_event
from zester.bus.keys import escape_token
from zester.bus.maintenance.records import Change, Changed, MaintenanceWriter
from zester.cli.console.context import Context
from zester.cli.console.problems import printable
from zester.cli.fleet.operator import Operator, with_operator
from zester.cli.maintenance.chosen import Chosen, choose
from zester.trust.tokens import read_token

NAMED = 20

MakeChange = Callable[[str], Change]
"""``make(who)`` returns what is to be changed in the name of an operator."""


def apply_change(
    context: Context, target: str, verb: str, make: MakeChange, what: dict[str, Any]
) -> int:
    """Change what is said of all peels that ``target`` means; return the exit code.

    0 when it was stored for all of them, 1 when for some it was not: they are named. ``what`` is
    told in the audit.
    """

    async def work(operator: Operator) -> int:
        who = read_token(operator.signer.token).name
        chosen = await choose(operator, target)
        writer = MaintenanceWriter(operator.bus, operator.signer, operator.verifier)
        changed = await writer.change(chosen.peels, make(who))
        if changed.done:
            await _record(operator, who, verb, target, changed, what)
        _tell(chosen, changed, verb)
        return 1 if changed.failed else 0

    return with_operator(context, work)


async def _record(
    operator: Operator, who: str, verb: str, target: str, changed: Changed, what: dict[str, Any]
) -> None:
    """Tell the audit who did what to whom."""
    body = {
        "who": who,
        "verb": verb,
        "target": target,
        "peels": sorted(changed.done),
        "at": time.time(),
        **what,
    }
    subject = f"zester.event.operator.{escape_token(who)}.{verb}"
    await tell_event(
        operator.bus,
        subject,
        json.dumps(body, sort_keys=True).encode(),
        identity=uuid.uuid4().hex,
    )


def _tell(chosen: Chosen, changed: Changed, verb: str) -> None:
    if changed.done:
        click.echo(f"{verb}: {_named(changed.done)}")
    if changed.same:
        click.echo(f"as it was: {_named(changed.same)}", err=True)
    for node, problem in sorted(changed.replaced.items()):
        click.echo(printable(f"{node}: replaced what is not believed: {problem}"), err=True)
    silent = chosen.silent.intersection(changed.done)
    if silent:
        click.echo(f"silent now, they follow when they come back: {_named(silent)}", err=True)
    for node, why in sorted(changed.failed.items()):
        click.echo(printable(f"NOT changed: {node}: {why}"), err=True)


def _named(nodes: list[str] | frozenset[str]) -> str:
    listed = sorted(nodes)
    more = len(listed) - NAMED
    told = ", ".join(listed[:NAMED]) + (f" and {more} more" if more > 0 else "")
    return told if len(listed) == 1 else f"{len(listed)} peels: {told}"
