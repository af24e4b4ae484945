"""Where states and settings live in the tree that peels see, so that we put ours beside."""

from __future__ import annotations

from collections.abc import Collection

from zester.compiler.roots import SETTINGS, STATES
from zester.compiler.state_root import SUFFIXES
from zester.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Layout:
    """Path prefixes, empty or ending in ``/``."""

    states: str = STATES[0]
    settings: str = SETTINGS[0]

    @classmethod
    def of(cls, paths: Collection[str]) -> Layout:
        """Follow what is there: Zester's folders, Salt's folders, or states at the very top."""
        states = _first(paths, STATES)
        settings = _first(paths, SETTINGS)
        if states is None:
            loose = any(path.endswith(SUFFIXES) and not path.startswith(SETTINGS) for path in paths)
            states = "" if loose else STATES[0]
        return cls(states, settings or SETTINGS[0])


def _first(paths: Collection[str], prefixes: tuple[str, ...]) -> str | None:
    return next((p for p in prefixes if any(path.startswith(p) for path in paths)), None)
