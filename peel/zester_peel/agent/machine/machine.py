"""This machine's facts, kept fresh."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from zester.resources.nodes.facts import NodeFacts
from zester.targeting.node import NodeView
from zester_peel.facts.collect import Facts, collect_facts, fingerprint
from zester_peel.facts.custom.files import Found

log = logging.getLogger(__name__)

Collect = Callable[[str, Path, Iterable[Found]], Facts]


class Machine:
    """The node's id and its facts; ``fingerprint`` changes with any fact that is not volatile.

    ``added`` facts come from programs; they count from the next ``refresh`` on. The fact ``labels``
    is what the masters say, whatever a program claims.
    """

    def __init__(self, node: str, root: Path, collect: Collect | None = None) -> None:
        self.node = node
        self._root = root
        self._collect = collect or collect_facts
        self.facts: Mapping[str, Any] = {}
        self.problems: Mapping[str, str] = {}
        self.fingerprint = ""
        self.added: tuple[Found, ...] = ()
        self.labels: Mapping[str, str] = {}
        self._shown: tuple[Mapping[str, Any], NodeView] | None = None
        self.refresh()

    def refresh(self) -> bool:
        """Collect again; return whether anything that counts has changed."""
        found = self._collect(self.node, self._root, self.added)
        for collector, problem in found.problems.items():
            if self.problems.get(collector) != problem:
                log.warning("facts incomplete", extra={"collector": collector, "error": problem})
        values = {**found.values, "labels": dict(self.labels)}
        mark = fingerprint(values)
        changed = mark != self.fingerprint
        if changed:
            self.facts = values
            self.fingerprint = mark
        self.problems = found.problems
        return changed

    def label(self, labels: Mapping[str, str]) -> bool:
        """Take the labels that the masters gave this node; return whether they are others."""
        if labels == self.labels:
            return False
        self.labels = dict(labels)
        self.facts = {**self.facts, "labels": dict(labels)}
        self.fingerprint = fingerprint(self.facts)
        return True

    def view(self, labels: Mapping[str, str]) -> NodeView:
        """Return this node as targets see it, without settings and groups."""
        if self._shown is None or self._shown[0] is not self.facts:
            self._shown = (self.facts, NodeView(self.node, self.facts, labels=labels))
        elif self._shown[1].labels != labels:
            self._shown = (self.facts, replace(self._shown[1], labels=labels))
        return self._shown[1]

    def document(self) -> NodeFacts:
        """Return the facts as they are published."""
        return NodeFacts(
            id=self.node,
            values=dict(self.facts),
            problems=dict(self.problems),
            collected=time.time(),
        )
