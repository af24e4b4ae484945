"""Rendering of files that states manage, in the workshop."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from zester.errors import CompanionLost
from zester.targeting.paths import lookup
from zester.templating.trace import Touched, traced
from zester_peel.agent.sources import Kind
from zester_peel.agent.workshop.orders import Made, Render, Rendered, Session, Tree
from zester_peel.agent.workshop.workshop import Workshop

_numbers = itertools.count(1)


class WorkshopRenderer:
    """Renders with the settings and facts of one tree; ``reads`` and ``facts`` as in ``Compiled``.

    What templates do to facts and settings stays in the workshop, at the longest until it closes.
    ``masked`` are settings to render with instead, to see what depends on them.
    """

    def __init__(
        self, workshop: Workshop, tree: Tree, made: Made, *, masked: Mapping[str, Any] | None = None
    ) -> None:
        self.reads: frozenset[str] = frozenset()
        self._workshop = workshop
        settings = made.settings if masked is None else masked
        self._session = Session(tree, settings, made.roots, masked=masked is not None)
        self._number = next(_numbers)
        self._looked = Touched()
        self._facts: frozenset[str] | None = frozenset()

    @property
    def facts(self) -> frozenset[str] | None:
        if self._looked.whole or self._facts is None:
            return None
        return self._facts | self._looked.keys

    def value(self, kind: Kind, key: str, *, delimiter: str, default: Any) -> Any:  # noqa: ANN401 - data of a tree
        """Return a setting or fact by its path, as ``pillar.get`` and ``grains.get`` do."""
        if kind == "settings":
            return lookup(self._session.settings, key, default, delimiter=delimiter)
        facts = traced(self._session.tree.node.facts, self._looked)
        return lookup(facts, key, default, delimiter=delimiter)

    async def render(self, text: str, *, name: str, sls: str, context: Mapping[str, Any]) -> str:
        """Render a template; raises RenderError, and what asking the workshop raises."""
        known = Render(self._number, text, name, sls, dict(context))
        answer = await self._workshop.ask(known)
        if not isinstance(answer, Rendered):
            opening = Render(self._number, text, name, sls, dict(context), self._session)
            answer = await self._workshop.ask(opening)
        if not isinstance(answer, Rendered):
            raise CompanionLost(f"the workshop did not render {name}")
        self.reads |= answer.reads
        if answer.facts is None or self._facts is None:
            self._facts = None
        else:
            self._facts |= answer.facts
        return answer.text
