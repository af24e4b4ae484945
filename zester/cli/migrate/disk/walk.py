"""Which files there are."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from zester.dataclass import dataclass

TEMPLATE_SUFFIXES = (".sls", ".zy", ".jinja", ".jinja2", ".j2")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or link; ``path`` is relative to ``root``, with ``/``. Links are never followed."""

    root: Path
    path: str
    named: bool
    """Whether it was asked for itself, whatever its suffix."""

    @property
    def place(self) -> Path:
        return self.root / self.path

    @property
    def is_link(self) -> bool:
        return self.place.is_symlink()


def walk(paths: Sequence[Path]) -> Iterator[Entry]:
    """Return every template below folders, and every file asked for; each once, in order.

    Hidden folders are no part of a tree. Raises OSError for a folder that cannot be read.
    """
    seen: set[Path] = set()
    for path in paths:
        entries = _below(path) if path.is_dir() else [Entry(path.parent, path.name, True)]
        for entry in entries:
            place = entry.place.parent.resolve() / entry.place.name
            if place not in seen:
                seen.add(place)
                yield entry


def _below(folder: Path) -> Iterator[Entry]:
    for here, folders, names in os.walk(folder, onerror=_raise):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            place = Path(here, name)
            regular = place.is_symlink() or place.is_file()
            if regular and (name.endswith(TEMPLATE_SUFFIXES) or place.is_symlink()):
                yield Entry(folder, place.relative_to(folder).as_posix(), False)


def _raise(error: OSError) -> None:
    raise error
