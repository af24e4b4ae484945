"""How the peels are that objects mean."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Any

from zester.bus.fleet import PeelView, read_facts, read_fleet
from zester.bus.labels import read_labels
from zester.bus.link.connection import Bus
from zester.dataclass import dataclass
from zester.errors import SourceError
from zester.resources.kubernetes.parts.counts import Counts
from zester.targeting.matcher import match
from zester.targeting.node import NodeView
from zester.targeting.parser import parse_target
from zester.trust.verifier import Verifier

FRESH_FOR = 2.0
"""Seconds for which a look at the fleet counts."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of the peels an object means; ``waiting`` are on their way to the revision."""

    counts: Counts
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Fleet:
    """The peels of an environment; ``nodes`` only if somebody asks for targets."""

    peels: Mapping[str, PeelView] = field(default_factory=dict)
    nodes: Mapping[str, NodeView] = field(default_factory=dict)

    def tally(self, source: str, revision: int, target: str | None) -> Tally:
        """Count the peels that a target (None: all) means, as they are with a revision."""
        matched = [view for view in self.peels.values() if self._means(target, view.id)]
        found = dict.fromkeys(("ready", "failed", "drifted", "silent", "waiting"), 0)
        for view in matched:
            found[_how(view, source, revision)] += 1
        counts = Counts(
            matched_peels=len(matched),
            ready_peels=found["ready"],
            failed_peels=found["failed"],
            drifted_peels=found["drifted"],
            silent_peels=found["silent"],
        )
        return Tally(counts, found["waiting"])

    def highest(self, source: str) -> int:
        """Return the highest revision of a source that any peel has seen."""
        seen = [v.status.observed.get(source, 0) for v in self.peels.values() if v.status]
        return max(seen, default=0)

    def _means(self, target: str | None, node: str) -> bool:
        if target is None:
            return True
        try:
            return match(parse_target(target), self.nodes.get(node) or NodeView(id=node))
        except SourceError:
            return False


def _how(view: PeelView, source: str, revision: int) -> str:
    if not view.live or view.status is None:
        return "silent"
    if view.status.applied.get(source, 0) < revision:
        return "failed" if source in view.status.stalled or "" in view.status.stalled else "waiting"
    if view.status.condition("PruneHeld") is not None:
        return "drifted"  # there is more than anybody declares
    if view.ready == "True":
        return "ready"
    if view.status.condition("Drifted") is not None:
        return "drifted"
    return "failed" if view.ready == "False" else "waiting"


class Census:
    """Looks at the fleet, at most every FRESH_FOR seconds."""

    def __init__(self, bus: Bus, env: str, verifier: Callable[[], Verifier | None]) -> None:
        self._bus = bus
        self._env = env
        self._verifier = verifier
        self._fleet = Fleet()
        self._at = 0.0

    async def look(self, *, nodes: bool) -> Fleet:
        """Return the fleet as it is about now; ``nodes``: targets will be asked for."""
        now = time.monotonic()
        if not self._at or now - self._at > FRESH_FOR:
            self._fleet = Fleet(await read_fleet(self._bus, self._env))
            self._at = now
        if nodes and not self._fleet.nodes and self._fleet.peels:
            self._fleet = replace(self._fleet, nodes=await self._nodes())
        return self._fleet

    async def _nodes(self) -> dict[str, NodeView]:
        facts = await read_facts(self._bus)
        verifier = self._verifier()
        labels: Mapping[str, Mapping[str, Any]] = (
            await read_labels(self._bus, verifier) if verifier is not None else {}
        )
        return {
            node: NodeView(
                id=node, facts={**facts.get(node, {}), "id": node}, labels=labels.get(node, {})
            )
            for node in self._fleet.peels
        }
