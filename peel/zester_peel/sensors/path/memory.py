"""What the engine left behind, and what a look at it therefore means."""

from __future__ import annotations

from collections.abc import Container
from enum import Enum
from stat import S_ISDIR

from zester.dataclass import dataclass
from zester_peel.engine.watch import NAMES
from zester_peel.host.protocol import Signature


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What a look gives when the machine refuses it."""


Look = Signature | None | Unreadable


class Verdict(Enum):
    """What a look means."""

    AS_LEFT = "as left"  # our own work, or nothing at all
    RACY = "racy"  # looks as left, but a change could hide behind the time stamp
    TOLD = "told"  # differs, and that was said already
    CHANGED = "changed"


class Memory:
    """Signatures by path, as the engine settled them, with the evidence against them.

    A change that hides behind a racy signature keeps inode, size, owner, mode and time: only
    writing into the file does that, and our own writes never do (they replace the file). So the
    kernel's "modified" about the very name is evidence, and its absence too, if we listened.
    """

    def __init__(self) -> None:
        self._settled: dict[str, Signature | None] = {}
        self._told: dict[str, Look] = {}
        self._written: set[str] = set()

    def settle(self, path: str, signature: Signature | None) -> bool:
        """Remember what is as wished; False when that was known already."""
        news = path not in self._settled or not _same(path, self._settled[path], signature)
        self._settled[path] = signature
        self._told.pop(path, None)
        return news

    def knows(self, path: str) -> bool:
        """Whether a path was ever settled."""
        return path in self._settled

    def trust(self, path: str) -> None:
        """Take a racy signature as good from now on: somebody was told to look again."""
        signature = self._settled.get(path)
        if signature is not None:
            self._settled[path] = signature._replace(racy=False)
        self._written.discard(path)

    def written(self, path: str) -> None:
        """Remember that somebody wrote into the file."""
        self._written.add(path)

    def look_ahead(self, path: str) -> None:
        """Forget evidence from before: the engine is about to look itself."""
        self._written.discard(path)

    def keep(self, paths: Container[str]) -> None:
        """Forget every other path."""
        for path in [path for path in self._settled if path not in paths]:
            del self._settled[path]
        for path in [path for path in self._told if path not in paths]:
            del self._told[path]
        self._written = {path for path in self._written if path in paths}

    def judge(self, path: str, look: Look, *, polled: bool, blind: bool) -> Verdict:
        """Say what a look means.

        ``polled``: nobody said that something happened. ``blind``: events about the path may have
        been missed since the engine looked.
        """
        if path not in self._settled:
            known = path in self._told
            last = self._told.get(path)
            self._told[path] = look
            if polled and (not known or _same(path, last, look)):
                return Verdict.AS_LEFT
            return Verdict.CHANGED
        settled = self._settled[path]
        if _same(path, settled, look):
            self._told.pop(path, None)
            racy = settled is not None and settled.racy and _judges_times(path, settled)
            return Verdict.RACY if racy and (blind or path in self._written) else Verdict.AS_LEFT
        if polled and path in self._told and _same(path, self._told[path], look):
            return Verdict.TOLD
        self._told[path] = look
        return Verdict.CHANGED


def _judges_times(path: str, signature: Signature) -> bool:
    """Whether size and times matter: those of a folder change with the names in it."""
    return not S_ISDIR(signature.mode) or path.endswith(NAMES)


def _same(path: str, one: Look, other: Look) -> bool:
    if not isinstance(one, Signature) or not isinstance(other, Signature):
        return one == other
    if not _judges_times(path, one) and not _judges_times(path, other):
        return _folder(one) == _folder(other)
    return one == (other if other.racy == one.racy else other._replace(racy=one.racy))


def _folder(signature: Signature) -> tuple[int, ...]:
    return (signature.device, signature.inode, signature.mode, signature.uid, signature.gid)
