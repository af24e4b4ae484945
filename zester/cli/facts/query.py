"""``zester facts query``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import click

from zester.bus.fleet import read_facts
from zester.bus.index.asking import ask_masters
from zester.bus.labels import read_labels
from zester.bus.link.connection import Bus
from zester.cli.console.context import Context, env_option, trust_option, with_bus
from zester.cli.console.output import dump, output_option, table
from zester.cli.console.verb import Verb
from zester.cli.fleet.groups import fleet_groups
from zester.cli.fleet.request import kind_options
from zester.targeting.expression import Expression
from zester.targeting.fleet_index import FleetIndex
from zester.targeting.node import NodeView
from zester.targeting.os_fact import with_os_fact
from zester.targeting.parser import parse_target
from zester.targeting.paths import MISSING, lookup
from zester.trust.tiers import Tier
from zester.trust.verifier import Verifier

Found = dict[str, Mapping[str, Any]]
"""Peel → its facts by path, or all of them."""


@click.command(cls=Verb, exits={1: "error, or no peel matches"})
@click.argument("target")
@click.argument("paths", nargs=-1, metavar="[PATH]…")
@kind_options
@click.option("--count", is_flag=True, help="How many peels have which values, most first.")
@env_option
@output_option
@trust_option
def query(
    target: str,
    paths: tuple[str, ...],
    kind: str | None,
    count: bool,
    env: str,
    fmt: str,
    context: Context,
) -> int:
    """Print the peels that TARGET means by the facts they published, with their facts at PATH.

    Without a PATH json and yaml have all facts of each peel. Who is meant by settings only the
    peels themselves know.
    """
    expression = parse_target(target, kind=kind or "compound")

    async def work(bus: Bus) -> tuple[Found, frozenset[str]]:
        verifier = await context.verifier(bus)
        groups = await fleet_groups(bus, verifier, env, target, expression)
        if paths or fmt == "table":
            asked = await ask_masters(
                bus, verifier, target, kind=kind or "compound", groups=groups, paths=paths
            )
            if asked is not None:
                return dict(sorted(asked.sure.items())), frozenset(asked.maybe)
        found, maybe = await _read(bus, verifier, expression, groups)
        if not paths:
            return found, maybe
        return {node: _at(facts, paths) for node, facts in found.items()}, maybe

    found, maybe = with_bus(context, work, (Tier.OPERATOR,))
    if maybe:
        click.echo(f"{len(maybe)} more may be meant: only they know their settings", err=True)
    if count:
        _show_counts(found, paths, fmt)
    else:
        _show(found, paths, fmt)
    if not found and not maybe:
        click.echo("no peel matches", err=True)
        return 1
    return 0


async def _read(
    bus: Bus, verifier: Verifier, expression: Expression, groups: Mapping[str, str]
) -> tuple[Found, frozenset[str]]:
    """Return the facts of whom an expression means, without a master."""
    facts, labels = await read_facts(bus), await read_labels(bus, verifier)
    nodes = (NodeView(node, facts[node], labels=labels.get(node, {})) for node in facts)
    sure, maybe = FleetIndex(nodes, groups).find(expression)
    # As targets see them, with the paths below os.
    return {node: with_os_fact(facts[node]) for node in sorted(sure)}, maybe


def _show(found: Found, paths: tuple[str, ...], fmt: str) -> None:
    if fmt != "table":
        dump([{"peel": node, "facts": dict(facts)} for node, facts in found.items()], fmt)
        return
    rows = [(node, *(_text(facts, path) for path in paths)) for node, facts in found.items()]
    table(("PEEL", *(path.upper() for path in paths)), rows)


def _show_counts(found: Found, paths: tuple[str, ...], fmt: str) -> None:
    counts = Counter(tuple(_text(facts, path) for path in paths) for facts in found.values())
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    if fmt == "table":
        rows = [(str(number), *values) for values, number in ordered]
        table(("PEELS", *(path.upper() for path in paths)), rows)
        return
    dump(
        [{"peels": number, **dict(zip(paths, values, strict=True))} for values, number in ordered],
        fmt,
    )


def _at(facts: Mapping[str, Any], paths: tuple[str, ...]) -> dict[str, Any]:
    found = {path: lookup(facts, path, MISSING) for path in paths}
    return {path: value for path, value in found.items() if value is not MISSING}


def _text(facts: Mapping[str, Any], path: str) -> str:
    value = facts.get(path, MISSING)
    if value is MISSING:
        return "-"
    return str(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
