"""What may be shown of a state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from zester_peel.engine.node import Node
from zester_peel.engine.outcome import Hide

Shown = tuple[Mapping[str, Any], str]
"""Changes and a comment."""


class Disclosure(Protocol):
    """Takes secrets out of what a run says about its states."""

    def ref(self, ref: str) -> str:
        """Return the name a state goes by: unique, the same each time, without secrets."""
        ...

    @property
    def hide(self) -> Hide:
        """Take secrets that can be recognised out of any value."""
        ...

    async def shown(self, node: Node, changes: Mapping[str, Any], comment: str) -> Shown:
        """Return what may be shown of a state that changed or failed."""
        ...


class Openly:
    """Shows everything: there are no secrets."""

    def ref(self, ref: str) -> str:
        return ref

    @property
    def hide(self) -> Hide:
        return _as_it_is

    async def shown(self, node: Node, changes: Mapping[str, Any], comment: str) -> Shown:
        return changes, comment


def _as_it_is(value: Any) -> Any:  # noqa: ANN401 - any value of a document
    return value
