"""Where states and settings live in a tree."""

from __future__ import annotations

from zester.dataclass import dataclass
from zester.templating.recorded import RecordedFiles

STATES = ("states/", "salt/")
SETTINGS = ("settings/", "pillar/")


@dataclass(frozen=True, slots=True)
class Roots:
    """Path prefixes, empty or ending in ``/``; ``settings`` is None when there are none."""

    states: str = ""
    settings: str | None = None


def find_roots(files: RecordedFiles) -> Roots:
    """Return the roots of a tree: Zester's names, Salt's names, or the tree itself for states."""
    states, settings = _first(files, STATES), _first(files, SETTINGS)
    return Roots(states or "", settings)


def _first(files: RecordedFiles, prefixes: tuple[str, ...]) -> str | None:
    paths = files.all_paths()
    for prefix in prefixes:
        if any(path.startswith(prefix) for path in paths):
            return prefix
        files.reads.add(prefix)
    return None
