"""Ask a master whom a target means: its index has every peel's facts, nobody else is asked."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import field
from typing import Any

from zester.bus.link.connection import Bus
from zester.dataclass import dataclass
from zester.errors import BusRefused, BusUnavailable, InvalidDocument, Untrusted
from zester.resources.nodes.fleet_question import FleetPage, FleetQuestion
from zester.trust.verifier import Verifier

log = logging.getLogger(__name__)

FIND = "zester.fleet.find"
"""Subject on which masters answer."""

PATIENCE = 1.5
"""Seconds that the next page may take; whoever asks can find out without a master."""


@dataclass(slots=True)
class FoundPeels:
    """Whom a target means: what each says at the paths asked for, and who may be meant besides."""

    sure: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    maybe: set[str] = field(default_factory=set)


async def ask_masters(
    bus: Bus,
    verifier: Verifier,
    target: str,
    *,
    kind: str = "compound",
    groups: Mapping[str, str] | None = None,
    paths: Sequence[str] = (),
) -> FoundPeels | None:
    """Return what a master's index says, None when no master says anything that counts."""
    question = FleetQuestion(
        id=secrets.token_hex(16),
        target=target,
        kind=kind,
        groups=dict(groups or {}),
        paths=tuple(paths),
    )
    try:
        return await _ask(bus, verifier, question)
    except (BusUnavailable, BusRefused, Untrusted, InvalidDocument) as error:
        log.debug("no master tells whom a target means", extra={"error": str(error)})
        return None


async def _ask(bus: Bus, verifier: Verifier, question: FleetQuestion) -> FoundPeels:
    found, place = FoundPeels(), place_of_answer(question)
    async with aclosing(bus.stream(FIND, question.encode(), timeout=PATIENCE)) as answers:
        expected = 0
        async for answer in answers:
            page = FleetPage.decode(verifier.open(answer.data, place).payload)
            if page.number != expected:
                raise InvalidDocument(f"page {page.number} of an answer where {expected} was due")
            if page.error:
                raise BusRefused(f"a master could not answer: {page.error}")
            found.sure.update(page.sure)
            found.maybe.update(page.maybe)
            if page.last:
                return found
            expected += 1
    raise BusUnavailable("a master's answer ended before its last page")


def place_of_answer(question: FleetQuestion) -> str:
    """Return the place that pages are signed for."""
    return f"fleet.{question.id}"
