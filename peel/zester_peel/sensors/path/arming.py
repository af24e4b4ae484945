"""Keeps the kernel watching the right folders while these come, go and move."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable

from zester_peel.sensors.path.chain import Walker
from zester_peel.sensors.path.folders import Folders, Meaning
from zester_peel.sensors.path.inotify import Event, Inotify

_ATTEMPTS = 5
_LIMITS = {
    errno.ENOSPC: "no inotify watches left (sysctl fs.inotify.max_user_watches)",
    errno.EMFILE: "no inotify instances or descriptors left (sysctl fs.inotify.max_user_instances)",
}


class Arming:
    """inotify for places; works without it too, then everything has a problem.

    Problems are texts for people; None means that no event will be missed from now on.
    """

    def __init__(self, root: Callable[[], str], source: Callable[[], Inotify] = Inotify) -> None:
        self._root = root
        self._make = source
        self._source: Inotify | None = None
        self._folders: Folders | None = None
        self.problem: str | None = "not started"

    @property
    def descriptor(self) -> int | None:
        """The descriptor that becomes readable with the next event, None without inotify."""
        return self._source.descriptor if self._source is not None else None

    def open(self) -> bool:
        """Get an inotify instance; False when there is none to be had."""
        try:
            self._source = self._make()
        except OSError as error:
            self.problem = _told(error)
            return False
        self._folders = Folders(self._source)
        self.problem = None
        return True

    def close(self) -> None:
        """Give the instance and all its watches back."""
        if self._source is not None:
            self._source.close()
        self._source = self._folders = None
        self.problem = "not started"

    def read(self) -> list[Event]:
        """Return waiting events, at most a buffer of them."""
        return self._source.read() if self._source is not None else []

    def meaning(self, event: Event) -> Meaning:
        """Tell whom an event concerns."""
        if self._folders is None:
            return Meaning(frozenset(), frozenset())
        return self._folders.meaning(event)

    def arm(self, places: Iterable[str], *, afresh: bool = False) -> dict[str, str | None]:
        """Watch the ways to these folders as they are now; return the problem of each."""
        if self._folders is None:
            return dict.fromkeys(places, self.problem)
        problems: dict[str, str | None] = {}
        pending = list(places)
        for _ in range(_ATTEMPTS):
            if not pending:
                return problems
            # Only what looks the same before and after the kernel was asked is surely watched.
            before, after = Walker(self._root()), Walker(self._root())
            chains = {place: before.walk(place) for place in pending}
            for place, chain in chains.items():
                refused = self._folders.arm(place, chain, afresh=afresh)
                problems[place] = _told(refused) if refused is not None else None
            pending = [
                place
                for place, chain in chains.items()
                if problems[place] is None and after.walk(place) != chain
            ]
            afresh = True
        problems.update(dict.fromkeys(pending, "its folders keep changing"))
        return problems

    def disarm(self, place: str) -> None:
        """Stop watching the way to a folder."""
        if self._folders is not None:
            self._folders.disarm(place)


def _told(error: OSError) -> str:
    reason = _LIMITS.get(error.errno or 0)
    return reason or f"inotify refused {error.filename}: {error.strerror}"
