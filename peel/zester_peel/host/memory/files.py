"""A file system in memory; every refusal is an OSError, as the kernel's would be."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator

from zester_peel.host.memory.inode import Inode

MAX_LINKS = 40
_ODD = frozenset(("", ".", ".."))


class MemoryFiles:
    """A tree of inodes. Paths are absolute; ``follow`` = a link at their end is followed too."""

    def __init__(self) -> None:
        self.root = Inode.folder()

    def find(self, path: str, *, follow: bool = False) -> Inode | None:
        """Return what is there, None when nothing is."""
        try:
            return self.need(path, follow=follow)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def need(self, path: str, *, follow: bool = False) -> Inode:
        """Return what is there."""
        folder, name = self.place(path, follow=follow)
        if not name:
            return folder
        found = _names(folder).get(name)
        if found is None:
            raise refusal(errno.ENOENT)
        return found

    def place(self, path: str, *, follow: bool = False) -> tuple[Inode, str]:
        """Return the folder that a path is in and its name there, empty for the root itself."""
        if not path.startswith("/") or "\0" in path:
            raise refusal(errno.EINVAL)
        plain = self._plain(path, follow=follow)
        if plain is not None:
            return plain
        pending = path.split("/")[::-1]
        trail: list[tuple[Inode, str]] = []
        here, links = self.root, 0
        while pending:
            part = pending.pop()
            if part in ("", "."):
                continue
            if part == "..":
                here = trail.pop()[0] if trail else self.root
                continue
            found = _names(here).get(part)
            last = not any(each not in ("", ".") for each in pending)
            if found is not None and found.target is not None and (follow or not last):
                links += 1
                if links > MAX_LINKS:
                    raise refusal(errno.ELOOP)
                if found.target.startswith("/"):
                    here, trail = self.root, []
                pending.extend(found.target.split("/")[::-1])
                continue
            if last:
                return here, part
            if found is None:
                raise refusal(errno.ENOENT)
            trail.append((here, part))
            here = found
        return trail[-1] if trail else (self.root, "")

    def _plain(self, path: str, *, follow: bool) -> tuple[Inode, str] | None:
        """Return the same for a path without links and odd parts, None for others."""
        here = self.root
        *folders, name = path[1:].split("/")
        for part in folders:
            found = None if here.names is None else here.names.get(part)
            if found is None or found.names is None or part in _ODD:
                return None
            here = found
        last = here.names.get(name) if here.names is not None and name not in _ODD else None
        return None if last is None or (follow and last.target is not None) else (here, name)

    def names(self, path: str) -> tuple[str, ...]:
        """Return the names in a folder, sorted."""
        return tuple(sorted(_names(self.need(path, follow=True))))

    def put(self, path: str, node: Inode) -> None:
        """Put an inode at a path, in the place of anything but a folder that is there."""
        folder, name = self._entry(path)
        there = _names(folder).get(name)
        if there is not None and there.kind == "directory":
            raise refusal(errno.EISDIR)
        _names(folder)[name] = node
        folder.touched()
        if there is not None and there is not node:
            there.links -= 1

    def make_folder(self, path: str, mode: int) -> bool:
        """Make a folder; return whether there was none."""
        there = self.find(path, follow=True)
        if there is not None:
            if there.kind != "directory":
                raise refusal(errno.EEXIST)
            return False
        folder, name = self._entry(path)
        _names(folder)[name] = Inode.folder(mode)
        folder.touched()
        return True

    def take(self, path: str) -> Inode:
        """Take away what is there, whole, and return it."""
        folder, name = self._entry(path)
        found = _names(folder).pop(name, None)
        if found is None:
            raise refusal(errno.ENOENT)
        folder.touched()
        found.links -= 1
        return found

    def moved(self, source: str, path: str) -> None:
        """Move what is at a path to another."""
        node = self.need(source)
        there = self.find(path)
        if there is node:
            return
        if node.kind == "directory" and any(self.need(path_) is node for path_ in _above(path)):
            raise refusal(errno.EINVAL)
        if there is not None and (there.kind == "directory") != (node.kind == "directory"):
            raise refusal(errno.EISDIR if there.kind == "directory" else errno.ENOTDIR)
        if there is not None and there.names:
            raise refusal(errno.ENOTEMPTY)
        folder, name = self._entry(path)
        self.take(source)
        _names(folder)[name] = node
        node.links += 1
        node.altered()
        folder.touched()

    def _entry(self, path: str) -> tuple[Inode, str]:
        folder, name = self.place(path)
        if not name:
            raise refusal(errno.EBUSY)
        _names(folder)
        return folder, name


def refusal(number: int) -> OSError:
    """Return the error that the kernel would give; Python chooses its class by the number."""
    return OSError(number, os.strerror(number))


def _names(folder: Inode) -> dict[str, Inode]:
    if folder.names is None:
        raise refusal(errno.ENOTDIR)
    return folder.names


def _above(path: str) -> Iterator[str]:
    """The folders above a path that exist in its text, the root left out."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return ("/" + "/".join(parts[:count]) for count in range(1, len(parts)))
