"""What files were made from, where one source is made of many things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from zester.dataclass import dataclass
from zester.resources.manifest import FileEntry


@dataclass(frozen=True, slots=True)
class Origins:
    """Of the files of a tree: who asks for pruning, and who does not.

    ``asking`` maps the files that ask to what they were made from, ``sparing`` is what those were
    made from that do not.
    """

    asking: Mapping[str, str] = field(default_factory=dict)
    sparing: frozenset[str] = frozenset()

    @classmethod
    def of(cls, files: Mapping[str, FileEntry]) -> Origins:
        """Return those of the files that are followed."""
        asking = {path: each.origin for path, each in files.items() if "prune" in each.wishes}
        others = (each.origin for each in files.values() if "prune" not in each.wishes)
        return cls(asking, frozenset(origin for origin in others if origin))


NOTHING = Origins()
