"""Read access to the files of a tree, wherever they are kept."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


class Files(Protocol):
    """The files of one effective tree; paths are relative, POSIX, without ``.`` or ``..``."""

    def read(self, path: str) -> bytes | None:
        """Return the file's bytes, None when the tree has no such file."""
        ...

    def paths(self) -> tuple[str, ...]:
        """Return every path, sorted."""
        ...


@runtime_checkable
class OpeningFiles(Files, Protocol):
    """Files of somebody who may have keys for the encrypted values in them."""

    def sealed(self, path: str) -> bool:
        """Return whether a file is one that not every node may read."""
        ...

    def open_value(self, path: str, text: str) -> str:
        """Return what an encrypted value in a file says; raises NotGranted, Untrusted."""
        ...


@runtime_checkable
class WishingFiles(Files, Protocol):
    """Files that may ask for something themselves."""

    def wishes(self, path: str) -> tuple[str, ...]:
        """Return what a file asks for, as its manifest says; nothing when there is none."""
        ...


def wishes_of(files: Files, path: str) -> tuple[str, ...]:
    """Return what a file asks for; files of a folder ask for nothing."""
    return files.wishes(path) if isinstance(files, WishingFiles) else ()


@runtime_checkable
class DigestedFiles(Files, Protocol):
    """Files whose content need not be read to be compared."""

    def digest(self, path: str) -> str | None:
        """Return the digest of the file's bytes, None when there is no such file."""
        ...
