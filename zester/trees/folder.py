"""The files of a folder as they are now, without building a tree."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from zester.errors import At, InvalidKey, SourceError
from zester.resources.tree_path import check_tree_path

_ABSENT = frozenset((errno.ENOENT, errno.ENOTDIR, errno.EBADF, errno.ELOOP))


class FolderFiles:
    """Files below ``folder``, hidden folders left out; links that leave it are not followed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._paths: tuple[str, ...] | None = None
        self._prefix = str(self.folder).rstrip("/") + "/"
        self._inside: dict[str, bool] = {}

    def locate(self, path: str) -> Path | None:
        """Return where a tree path is on disk, None when there is no such file.

        Raises SourceError when it is a link that leaves the folder.
        """
        target = self._target(path)
        return None if target is None else Path(target)

    def _target(self, path: str) -> str | None:
        # Asked for each file of each state: plain text and one look at the disk, no Path.
        try:
            target = self._prefix + check_tree_path(path)
        except InvalidKey:
            return None
        try:
            status = os.lstat(target)
            linked = stat.S_ISLNK(status.st_mode)
            if linked:
                status = os.stat(target)  # noqa: PTH116 - as above
        except OSError as error:
            if error.errno in _ABSENT:
                return None
            raise SourceError(f"cannot be read: {error.strerror}", at=At(path)) from error
        if not stat.S_ISREG(status.st_mode):
            return None
        if not self._holds(target, linked):
            raise SourceError("is a symbolic link that leaves the tree", at=At(path))
        return target

    def _holds(self, target: str, linked: bool) -> bool:
        """Whether a file is below the folder once links are followed."""
        if linked:
            return self.folder in Path(target).resolve().parents
        parent = target.rpartition("/")[0]
        inside = self._inside.get(parent)
        if inside is None:
            real = Path(parent).resolve()
            inside = self._inside[parent] = real == self.folder or self.folder in real.parents
        return inside

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, None when there is no such file; raises SourceError."""
        target = self._target(path)
        if target is None:
            return None
        try:
            with open(target, "rb", buffering=0) as file:  # noqa: PTH123 - as above
                return file.read()
        except OSError as error:
            raise SourceError(f"cannot be read: {error.strerror}", at=At(path)) from error

    def paths(self) -> tuple[str, ...]:
        """Return every path, sorted; read once."""
        if self._paths is None:
            found: list[str] = []
            for place, folders, names in os.walk(self.folder):
                folders[:] = [name for name in folders if not name.startswith(".")]
                prefix = os.path.relpath(place, self.folder)
                start = "" if prefix == "." else prefix + "/"
                found.extend(start + name for name in names)
            self._paths = tuple(sorted(found))
        return self._paths
