"""The pages of an answer: whom a target means, and what those say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import field
from typing import Any

from zester.dataclass import dataclass
from zester.errors import TargetError
from zester.resources.nodes.fleet_question import FleetPage, FleetQuestion
from zester.targeting.fleet_index import FleetIndex
from zester.targeting.parser import parse_target
from zester.targeting.paths import MISSING, lookup

PAGE = 256 * 1024
"""Bytes of JSON from which on a page is full: a message may have four times as much."""


@dataclass(slots=True)
class _Draft:
    """A page that is being filled."""

    sure: dict[str, dict[str, Any]] = field(default_factory=dict)
    maybe: list[str] = field(default_factory=list)
    size: int = 0


def answer(index: FleetIndex, question: FleetQuestion) -> Iterator[FleetPage]:
    """Yield the pages; the only one that tells an error when the target is none."""
    try:
        expression = parse_target(question.target, kind=question.kind)
        sure, maybe = index.find(expression, question.groups)
    except TargetError as error:
        yield FleetPage(number=0, last=True, error=str(error)[:1024])
        return
    draft, number = _Draft(), 0
    for node in sorted(sure):
        said = _said(index, node, question.paths)
        draft.sure[node] = said
        draft.size += len(node) + 8 + (len(json.dumps(said)) if said else 0)
        if draft.size >= PAGE:
            yield FleetPage(number=number, sure=draft.sure)
            draft, number = _Draft(), number + 1
    for node in sorted(maybe):
        draft.maybe.append(node)
        draft.size += len(node) + 3
        if draft.size >= PAGE:
            yield FleetPage(number=number, sure=draft.sure, maybe=tuple(draft.maybe))
            draft, number = _Draft(), number + 1
    yield FleetPage(number=number, last=True, sure=draft.sure, maybe=tuple(draft.maybe))


def _said(index: FleetIndex, node: str, paths: tuple[str, ...]) -> dict[str, Any]:
    view = index.get(node)
    if view is None:
        return {}
    found = {path: lookup(view.facts, path, MISSING) for path in paths}
    return {path: value for path, value in found.items() if value is not MISSING}
