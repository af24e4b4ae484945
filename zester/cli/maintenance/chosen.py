"""The peels that a target means, whether or not they are there now."""

from __future__ import annotations

from zester.bus.fleet import read_facts
from zester.bus.jobs.roster import live_peels
from zester.bus.labels import read_labels
from zester.cli.fleet.operator import Operator
from zester.dataclass import dataclass
from zester.errors import SettingsError
from zester.targeting.fleet_index import FleetIndex
from zester.targeting.node import NodeView
from zester.targeting.parser import parse_target


@dataclass(frozen=True, slots=True)
class Chosen:
    """Peels by name; ``silent`` are those that hold no lease."""

    peels: frozenset[str]
    silent: frozenset[str]


async def choose(operator: Operator, target: str) -> Chosen:
    """Return whom a target means; raises TargetError, and SettingsError when that is nobody."""
    expression = parse_target(target)
    live = await live_peels(operator.bus)
    facts = await read_facts(operator.bus)
    labels = await read_labels(operator.bus, operator.verifier)
    nodes = [
        NodeView(node, facts.get(node, {}), labels=labels.get(node, {}))
        for node in {*live, *facts, *labels}
    ]
    sure, maybe = FleetIndex(nodes).find(expression)
    if maybe:
        raise SettingsError(
            f"only peels themselves know whether {target!r} means them",
            hint="use ids, facts or labels; settings and node groups are not known here",
        )
    if not sure:
        raise SettingsError(f"no peel matches {target!r}", hint="`zester status` lists them")
    return Chosen(sure, sure - live)
