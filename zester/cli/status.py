"""``zester status``: how the peels are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from zester.bus.fleet import PeelView, read_facts, read_fleet
from zester.bus.labels import read_labels
from zester.bus.link.connection import Bus
from zester.cli.console.context import GLANCE, Context, trust_option, with_bus
from zester.cli.console.output import ago, dump, output_option, table
from zester.resources.nodes.status import ConditionType
from zester.targeting.matcher import match
from zester.targeting.node import NodeView
from zester.targeting.parser import parse_target
from zester.trust.tiers import Tier


@click.command()
@click.argument("target", default="*")
@click.option("--env", help="Only one environment.")
@output_option
@trust_option
def status(target: str, env: str | None, fmt: str, context: Context) -> None:
    """Show every peel that TARGET matches: a glob, or a compound like 'G@os:Debian and web*'.

    A peel whose lease has run out is Unknown, whatever it reported last. Operators also see those
    that are enrolled and never reported, and may ask for labels (label:role=db).
    """
    expression = parse_target(target)

    async def work(bus: Bus) -> list[PeelView]:
        fleet = await read_fleet(bus, env)
        # Facts are not for every tier: a name alone needs none.
        facts = {} if target == "*" else await read_facts(bus)
        labels = await _labels(bus, context)
        for node in labels.keys() - fleet.keys():
            if env is None:
                fleet[node] = PeelView(node, None, False, None, "enrolled, but never reported")
        return [
            view
            for node, view in sorted(fleet.items())
            if match(expression, NodeView(node, facts.get(node, {}), labels=labels.get(node, {})))
        ]

    found = with_bus(context, work, GLANCE)
    if fmt != "table":
        dump([_document(view) for view in found], fmt)
        return
    if not found:
        click.echo(f"no peel matches {target!r}", err=True)
        return
    columns = ("PEEL", "READY", "REVISION", "LAST RUN", "CORRECTED", "LAST SEEN", "MESSAGE")
    table(columns, [_row(view) for view in found])


async def _labels(bus: Bus, context: Context) -> Mapping[str, Mapping[str, str]]:
    """What the masters say of each enrolled peel; only operators may read all of it."""
    if not context.folder.has(Tier.OPERATOR):
        return {}
    return await read_labels(bus, await context.verifier(bus))


def _row(view: PeelView) -> tuple[str, ...]:
    status = view.status
    if status is None:
        return (view.id, "Unknown", "-", "-", "-", ago(view.seen), view.problem)
    run = status.last_run
    return (
        view.id,
        view.ready,
        _revisions(status.applied) or "-",
        f"{run.cause} {ago(run.started)}" if run else "-",
        str(status.corrected),
        ago(view.seen),
        message(view),
    )


def _revisions(applied: dict[str, int]) -> str:
    if set(applied) <= {"cli"}:
        return "".join(str(revision) for revision in applied.values())
    return " ".join(f"{source}@{revision}" for source, revision in sorted(applied.items()))


_TOLD_FIRST: tuple[ConditionType, ...] = (
    "DuplicateIdentity",
    "Suspended",
    "Stalled",
    "Contested",
    "Drifted",
    "Observing",
    "Conflict",
    "PruneHeld",
    "FactsIncomplete",
    "Untrusted",
    "Stale",
    "CredentialsAtRisk",
    "Reconciling",
)


def message(view: PeelView) -> str:
    """Return the one line that tells most: silence first, then what is wrong."""
    if view.status is None:
        return view.problem
    if not view.live:
        stopped = view.status.stopped
        return "silent: its lease has run out" if stopped is None else f"stopped {ago(stopped)}"
    for kind in _TOLD_FIRST:
        condition = view.status.condition(kind)
        if condition is not None:
            return f"{kind}/{condition.reason}: {condition.message}".rstrip(": ")
    ready = view.status.condition("Ready")
    return ready.message if ready else ""


def _document(view: PeelView) -> dict[str, Any]:
    status = view.status.model_dump(mode="json") if view.status else None
    return {
        "peel": view.id,
        "ready": view.ready,
        "live": view.live,
        "last_seen": view.seen,
        "message": message(view),
        "status": status,
    }
