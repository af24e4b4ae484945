"""Read a folder into a tree, refusing whatever must not travel."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from zester.errors import At, InvalidKey, SourceError, TreeRejected
from zester.resources.manifest import CHUNK_SIZE, FileEntry, Manifest
from zester.resources.tree_path import MAX_PATH, check_tree_path
from zester.trees.digest import digest_of
from zester.trees.ignore import IgnoreRules
from zester.trees.tree import BlobSource, LocalTree, entry_for

MAX_FILES = 100_000
MAX_FILE_SIZE = 1024**3
MAX_TREE_SIZE = 4 * 1024**3


def build_tree(folder: Path) -> LocalTree:
    """Read every file below ``folder`` that ``.zesterignore`` does not name.

    Symbolic links that stay inside the folder are stored as what they point to. What must not be
    pushed (links that leave it, sockets and devices, odd names, sizes past the limits) ends in
    ``problems``, all of it. Raises TreeRejected when the folder itself cannot be read.
    """
    root = folder.resolve()
    if not root.is_dir():
        raise TreeRejected([SourceError("not a folder", at=At(str(folder)))])
    walk = _Walk(root, IgnoreRules.load(root))
    walk.run()
    manifest = Manifest(files=walk.files) if not walk.problems else Manifest(files={})
    return LocalTree(root, manifest, manifest.encode(), walk.blobs, tuple(walk.problems))


class _Walk:
    """One pass over the folder; collects instead of stopping at the first problem."""

    def __init__(self, root: Path, ignored: IgnoreRules) -> None:
        self.root = root
        self.ignored = ignored
        self.files: dict[str, FileEntry] = {}
        self.blobs: dict[str, BlobSource] = {}
        self.problems: list[SourceError] = []
        self.total = 0

    def run(self) -> None:
        for relative, path in self._paths():
            if len(self.files) >= MAX_FILES:
                self._problem(relative, f"the tree has more than {MAX_FILES:,} files")
                return
            self._add(relative, path)
            if self.total > MAX_TREE_SIZE:
                self._problem(relative, f"the tree is larger than {MAX_TREE_SIZE >> 30} GiB")
                return

    def _paths(self) -> Iterator[tuple[str, Path]]:
        """Yield every file in the order of names; a loop, because folders nest without limit."""
        above: list[tuple[Path, Iterator[os.DirEntry[str]]]] = [
            (self.root, self._list("", self.root))
        ]
        prefixes = [""]
        visited = 0
        while above:
            entry = next(above[-1][1], None)
            if entry is None:
                above.pop()
                prefixes.pop()
                continue
            relative = prefixes[-1] + entry.name
            path, is_folder = self._resolve(relative, entry)
            if path is None:
                continue
            if not is_folder:
                yield relative, path
                continue
            visited += 1
            if visited > MAX_FILES:
                self._problem(relative, f"the tree has more than {MAX_FILES:,} folders")
                return
            if path in (folder for folder, _ in above):
                self._problem(relative, "is a symbolic link to a folder above itself")
            elif len(os.fsencode(relative)) > MAX_PATH:
                self._problem(relative, f"path is longer than {MAX_PATH:,} bytes")
            else:
                above.append((path, self._list(relative, path)))
                prefixes.append(relative + "/")

    def _list(self, relative: str, folder: Path) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as found:
                return iter(sorted(found, key=lambda entry: entry.name))
        except OSError as error:
            self._problem(relative or ".", f"cannot be read: {error.strerror}")
            return iter(())

    def _resolve(self, relative: str, entry: os.DirEntry[str]) -> tuple[Path | None, bool]:
        """Return where an entry really is, None when it stays out, and whether it is a folder."""
        path: Path | None = Path(entry.path)
        try:
            is_folder = entry.is_dir()
        except OSError:  # a symbolic link to itself
            is_folder = False
        if self.ignored.match(relative, is_folder=is_folder):
            return None, False
        if entry.is_symlink():
            path = self._inside(relative, Path(entry.path))
        return path, is_folder

    def _inside(self, relative: str, path: Path) -> Path | None:
        try:
            target = path.resolve(strict=True)
        except (OSError, RuntimeError):
            self._problem(relative, "is a symbolic link to nothing")
            return None
        if target != self.root and self.root not in target.parents:
            self._problem(relative, "is a symbolic link that leaves the tree")
            return None
        return target

    def _add(self, relative: str, path: Path) -> None:
        try:
            check_tree_path(relative)
            info = path.stat()
            if not stat.S_ISREG(info.st_mode):
                self._problem(relative, "is neither a file nor a folder")
            elif info.st_size > MAX_FILE_SIZE:
                self._problem(relative, f"is larger than {MAX_FILE_SIZE >> 30} GiB")
            else:
                self._read(relative, path, 0o755 if info.st_mode & 0o100 else 0o644)
        except InvalidKey as error:
            self._problem(relative, error.message)
        except OSError as error:
            self._problem(relative, f"cannot be read: {error.strerror}")

    def _read(self, relative: str, path: Path, mode: int) -> None:
        whole = hashlib.sha256()
        chunks: list[str] = []
        offset = 0
        with path.open("rb") as handle:
            while (data := handle.read(CHUNK_SIZE)) and offset <= MAX_FILE_SIZE:
                whole.update(data)
                digest = digest_of(data)
                self.blobs.setdefault(digest, BlobSource(path, offset, len(data)))
                chunks.append(digest)
                offset += len(data)
        if offset > MAX_FILE_SIZE:  # it grew while it was read
            self._problem(relative, f"is larger than {MAX_FILE_SIZE >> 30} GiB")
            return
        if not chunks:
            self.blobs.setdefault(digest_of(b""), BlobSource(path, 0, 0))
        self.files[relative] = entry_for(whole.hexdigest(), offset, mode, tuple(chunks))
        self.total += offset

    def _problem(self, relative: str, text: str) -> None:
        # A file name is the pusher's own text, but it may hold anything: show it safely.
        shown = relative.encode("utf-8", "backslashreplace").decode()
        printable = "".join(char if char.isprintable() else "?" for char in shown)
        self.problems.append(SourceError(text, at=At(printable)))
