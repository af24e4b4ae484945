"""The granted keys, where they are used."""

from __future__ import annotations

from collections.abc import Mapping

from zester.trust.sealing import BoxKey


class KeyRing:
    """Private keys by scope and generation."""

    def __init__(self, keys: Mapping[str, Mapping[int, bytes]]) -> None:
        self._keys = keys

    def find(self, scope: str, generation: int) -> BoxKey | None:
        """Return a key, None when it was not granted."""
        secret = self._keys.get(scope, {}).get(generation)
        return None if secret is None else BoxKey(secret)
