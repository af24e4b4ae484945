"""Which watched paths lie in which folder, and what each of them leads to."""

from __future__ import annotations

import posixpath
from collections.abc import Container, Iterable
from dataclasses import field
from os import fsencode

from zester.dataclass import dataclass
from zester_peel.engine.watch import Watch

Some = str | set[str]
"""One text, or several: nearly always it is one, and a set of one takes 200 bytes more."""


@dataclass(slots=True)
class Target:
    """One watched target: the watches that name it, and the paths that decide about it.

    ``paths`` starts with the target itself; the rest are the stations of a link that is followed,
    named as the engine names them. ``held_at`` is the turn of the last hold.
    """

    name: str
    watches: tuple[Watch, ...]
    paths: tuple[str, ...]
    held_at: int = -1

    @property
    def follows(self) -> bool:
        """Whether what a link leads to matters."""
        return any(watch.follow for watch in self.watches)


@dataclass(slots=True)
class Place:
    """A folder as states name it; ``armed_at`` is the turn from which no event is missed.

    ``aliases`` holds the watched paths by name in the folder.
    """

    folder: str
    aliases: dict[str, Some] = field(default_factory=dict)
    armed_at: int = 0
    polled: bool = False

    def paths(self, name: str) -> Iterable[str]:
        """Return the watched paths that a name in this folder stands for."""
        return _all(self.aliases.get(name))


class Places:
    """The watched targets and the places of their paths.

    ``came`` and ``gone`` collect the folders of places until somebody takes them.
    """

    def __init__(self) -> None:
        self.came: set[str] = set()
        self.gone: set[str] = set()
        self.targets: dict[str, Target] = {}
        self.places: dict[str, Place] = {}
        self._users: dict[str, Some] = {}

    def change(self, watches: Iterable[Watch]) -> set[str]:
        """Watch exactly these; return the names of targets that are new, or follow anew."""
        fresh: set[str] = set()
        wanted: dict[str, list[Watch]] = {}
        for watch in watches:
            if _possible(watch.target):
                wanted.setdefault(watch.target, []).append(watch)
        for name in self.targets.keys() - wanted.keys():
            self._release(self.targets.pop(name))
        for name, users in wanted.items():
            target = self.targets.get(name)
            if target is None:
                target = self.targets[name] = Target(name, (), ())
                self.lead(target, (name,))
                fresh.add(name)
            followed = target.follows
            target.watches = tuple(sorted(users, key=lambda watch: watch.follow))
            if target.follows and not followed:
                fresh.add(name)
            elif followed and not target.follows:
                self.lead(target, (name,))
        return fresh

    def lead(self, target: Target, paths: tuple[str, ...]) -> bool:
        """Set what a target leads to; False when that was so already."""
        if paths == target.paths:
            return False
        for path in target.paths:
            if path not in paths:
                self._leave(path, target.name)
        for path in paths:
            if path not in target.paths:
                _add(self._users, path, target.name)
                folder, name = _split(path)
                if folder not in self.places:
                    self.places[folder] = Place(folder)
                    self.came.add(folder)
                    self.gone.discard(folder)
                _add(self.places[folder].aliases, name, path)
        target.paths = paths
        return True

    def place(self, path: str) -> Place:
        """Return the place of a watched path."""
        return self.places[_split(path)[0]]

    def users(self, path: str) -> Iterable[str]:
        """Return the targets that a path decides about."""
        return _all(self._users.get(path))

    def targets_in(self, place: Place) -> set[str]:
        """Return the targets that something in a place decides about."""
        return {
            user
            for paths in place.aliases.values()
            for path in _all(paths)
            for user in self.users(path)
        }

    @property
    def watched_paths(self) -> Container[str]:
        """The paths that decide about any target."""
        return self._users.keys()

    def _release(self, target: Target) -> None:
        for path in target.paths:
            self._leave(path, target.name)

    def _leave(self, path: str, user: str) -> None:
        _drop(self._users, path, user)
        if path in self._users:
            return
        folder, name = _split(path)
        place = self.places[folder]
        _drop(place.aliases, name, path)
        if not place.aliases:
            del self.places[folder]
            self.came.discard(folder)
            self.gone.add(folder)


def _all(found: Some | None) -> Iterable[str]:
    if found is None:
        return ()
    return (found,) if isinstance(found, str) else found


def _add(table: dict[str, Some], key: str, value: str) -> None:
    found = table.setdefault(key, value)
    if isinstance(found, set):
        found.add(value)
    elif found != value:
        table[key] = {found, value}


def _drop(table: dict[str, Some], key: str, value: str) -> None:
    found = table[key]
    if isinstance(found, set):
        found.discard(value)
    if found in (value, set()):
        del table[key]


def _split(path: str) -> tuple[str, str]:
    """Split off the last name; the root is the empty name in itself."""
    return posixpath.split(path.rstrip("/") or "/")


def _possible(path: str) -> bool:
    """Whether a file can be called that at all; if not, nothing will ever happen to it."""
    if not path.startswith("/") or "\0" in path:
        return False
    try:
        fsencode(path)
    except UnicodeEncodeError:
        return False
    return True
