"""What of the machine a tree has made, and may take away again."""

from __future__ import annotations

from typing import Literal, Protocol

from zester.dataclass import dataclass

MadeKind = Literal["file", "directory", "symlink"]


@dataclass(frozen=True, slots=True)
class Made:
    """One thing that a state makes where nothing was: a path of the machine."""

    kind: MadeKind
    path: str


class Belongings(Protocol):
    """Remembers who made what, kept where it survives the process. Never raises.

    ``own``: the file of the state itself asks that it is pruned, whatever the tree says.
    """

    def knows(self, made: Made, *, own: bool) -> bool:
        """Return whether there is nothing to note: it was noted already, or nobody asks."""
        ...

    def note(
        self, made: Made, *, ref: str, function: str, at: str, created: bool, own: bool
    ) -> None:
        """Note a thing when it is declared first; returns when that is safe.

        ``created`` = there was nothing before; what is there already is never taken away.
        """
        ...
