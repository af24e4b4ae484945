"""A tree with nothing in it."""

from __future__ import annotations


class NoFiles:
    """No files at all."""

    def read(self, path: str) -> bytes | None:
        return None

    def paths(self) -> tuple[str, ...]:
        return ()
