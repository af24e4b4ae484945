"""What differs between two trees."""

from __future__ import annotations

from collections.abc import Mapping

from zester.dataclass import dataclass
from zester.resources.manifest import FileEntry


@dataclass(frozen=True, slots=True)
class TreeDiff:
    """Paths by what happened to them, each sorted."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    modified: tuple[str, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """Every touched path, sorted."""
        return tuple(sorted((*self.added, *self.removed, *self.modified)))

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.modified)


def diff_trees(old: Mapping[str, FileEntry], new: Mapping[str, FileEntry]) -> TreeDiff:
    """Compare two trees file by file: content or mode differs = modified."""
    return TreeDiff(
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        modified=tuple(sorted(path for path in new.keys() & old.keys() if new[path] != old[path])),
    )
