"""What a peel shows of its states: all but what its settings hold, and what came of that."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from zester.errors import CompanionLost, ZesterError
from zester.telemetry.redaction.redactor import MARK
from zester.telemetry.redaction.vault import Vault
from zester_peel.agent.secrecy.changes import shown_changes
from zester_peel.agent.secrecy.twin import Comparison, Twin
from zester_peel.engine.disclosure import Shown
from zester_peel.engine.node import Node
from zester_peel.engine.outcome import Hide

Elsewhere = Callable[[int], Awaitable[Comparison | None]]
"""Compares the state at a position of the program; raises CompanionLost."""

_HIDDEN = "hidden: it may show settings"
_DIGITS = 8


class SettingsDisclosure:
    """Hides what the vault holds; with a twin also what depends on it.

    ``key`` is a secret of this peel: names that hold secrets are told apart by a digest.
    """

    def __init__(self, vault: Vault, key: bytes, twin: Twin | None = None) -> None:
        self._vault = vault
        self._key = key
        self._twin = twin
        self._positions: dict[str, int] = {}
        self._elsewhere: Elsewhere | None = None

    def ref(self, ref: str) -> str:
        shown = self._vault(ref)
        if shown != ref:
            digest = hashlib.blake2b(ref.encode(), key=self._key, digest_size=_DIGITS // 2)
            shown = f"{shown}~{digest.hexdigest()}"
        if self._twin is not None:
            self._positions.setdefault(shown, len(self._positions))
        return shown

    def follow(self, before: SettingsDisclosure) -> None:
        """Know the states of a program that was made with another disclosure, and is used again."""
        self._positions = before._positions

    def ask(self, elsewhere: Elsewhere) -> None:
        """Have states compared by another process, as long as it answers."""
        self._elsewhere = elsewhere

    @property
    def hide(self) -> Hide:
        return self._vault.value

    async def shown(self, node: Node, changes: Mapping[str, Any], comment: str) -> Shown:
        if self._twin is not None:
            found = await self._compared(self._twin, node)
            if found is None:
                return self._vault.value(dict.fromkeys(changes, MARK)), _HIDDEN
            if not found.same:
                self._vault.add(found.texts)
                changes = shown_changes(changes, found)
        return self._vault.value(changes), self._vault(comment)

    def rest(self) -> None:
        """Let go of what is only needed while something is shown."""
        if self._twin is not None:
            self._twin.forget()

    async def _compared(self, twin: Twin, node: Node) -> Comparison | None:
        position = self._positions.get(node.ref)
        if position is None:
            return None
        if self._elsewhere is not None:
            try:
                return await self._elsewhere(position)
            except CompanionLost:
                self._elsewhere = None
        try:
            return await twin.compare(position, node.function)
        except ZesterError:  # nothing to compare with: all of it stays hidden
            return None
