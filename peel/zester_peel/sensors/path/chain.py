"""What a path goes through on its way down: every folder, and every name that decides the way."""

# Strings and os.* on purpose: thousands of paths are walked in one go.
# ruff: noqa: PTH115

from __future__ import annotations

import os
from stat import S_ISDIR, S_ISLNK

from zester.dataclass import dataclass

_MAX_LINKS = 40

Identity = tuple[int, int]
"""Device and inode."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The way to a folder, in real paths.

    ``folders``: each folder passed, with its identity. ``children``: (folder, name) of each step
    into a folder. ``switches``: (folder, name) where a link stands, or nothing, or something that
    is no folder: whatever appears there decides where the path leads. ``leaf``: the folder the
    path leads to, None while it does not.
    """

    folders: tuple[tuple[str, Identity], ...]
    children: tuple[tuple[str, str], ...]
    switches: tuple[tuple[str, str], ...]
    leaf: str | None


class Walker:
    """Walks paths below a root, as ``chroot`` would; remembers what it saw, so make a new one to
    look again."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._seen: dict[str, os.stat_result | None] = {}

    def walk(self, folder: str) -> Chain:
        """Walk to a folder that is named as states name it: absolute, below the root."""
        way = _Way()
        way.enter("/", _identity(self._look("/")))
        if not self._follow(way, self._root, floor="/"):
            return way.chain(None)
        base = way.here
        found = self._follow(way, folder, floor=base)
        return way.chain(way.here if found else None)

    def _follow(self, way: _Way, path: str, floor: str) -> bool:
        pending = path.split("/")[::-1]
        links = 0
        while pending:
            name = pending.pop()
            if name in ("", "."):
                continue
            if name == "..":
                way.here = floor if way.here == floor else way.here.rpartition("/")[0] or "/"
                continue
            below = f"{way.here.rstrip('/')}/{name}"
            found = self._look(below)
            if found is not None and S_ISDIR(found.st_mode):
                way.children.append((way.here, name))
                way.enter(below, _identity(found))
                continue
            way.switches.append((way.here, name))
            target = _target(below) if found is not None and S_ISLNK(found.st_mode) else None
            links += 1
            if target is None or links > _MAX_LINKS:
                return False
            if target.startswith("/"):
                way.here = floor
            pending.extend(target.split("/")[::-1])
        return True

    def _look(self, path: str) -> os.stat_result | None:
        if path not in self._seen:
            try:
                self._seen[path] = os.lstat(path)
            except OSError:
                self._seen[path] = None
        return self._seen[path]


class _Way:
    def __init__(self) -> None:
        self.here = "/"
        self.folders: dict[str, Identity] = {}
        self.children: list[tuple[str, str]] = []
        self.switches: list[tuple[str, str]] = []

    def enter(self, folder: str, identity: Identity) -> None:
        self.here = folder
        self.folders[folder] = identity

    def chain(self, leaf: str | None) -> Chain:
        return Chain(tuple(self.folders.items()), tuple(self.children), tuple(self.switches), leaf)


def _target(path: str) -> str | None:
    try:
        return os.readlink(path)
    except OSError:
        return None


def _identity(found: os.stat_result | None) -> Identity:
    return (found.st_dev, found.st_ino) if found is not None else (0, 0)
