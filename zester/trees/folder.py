"""The files of a folder as they are now, without building a tree."""

from __future__ import annotations

import os
from pathlib import Path

from zester.errors import At, InvalidKey, SourceError
from zester.resources.tree_path import check_tree_path


class FolderFiles:
    """Files below ``folder``, hidden folders left out; links that leave it are not followed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._paths: tuple[str, ...] | None = None
        self._inside: dict[Path, bool] = {self.folder: True}

    def locate(self, path: str) -> Path | None:
        """Return where a tree path is on disk, None when there is no such file.

        Raises SourceError when it is a link that leaves the folder.
        """
        try:
            target = self.folder / check_tree_path(path)
        except InvalidKey:
            return None
        try:
            if not target.is_file():
                return None
        except OSError as error:
            raise SourceError(f"cannot be read: {error.strerror}", at=At(path)) from error
        if not self._holds(target):
            raise SourceError("is a symbolic link that leaves the tree", at=At(path))
        return target

    def _holds(self, target: Path) -> bool:
        """Whether a file is below the folder once links are followed."""
        if target.is_symlink():
            return self.folder in target.resolve().parents
        parent = target.parent
        inside = self._inside.get(parent)
        if inside is None:
            real = parent.resolve()
            inside = self._inside[parent] = real == self.folder or self.folder in real.parents
        return inside

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, None when there is no such file; raises SourceError."""
        target = self.locate(path)
        if target is None:
            return None
        try:
            return target.read_bytes()
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
