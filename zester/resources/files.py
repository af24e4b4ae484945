"""Read access to the files of a tree, wherever they are kept."""

from __future__ import annotations

from collections.abc import Callable
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


def wishes_of(files: Files, path: str) -> tuple[str, ...]:
    """Return what a file asks for, as its manifest says; files of a folder ask for nothing.

    By name, for every state file of every compilation: a look at a whole protocol takes 30 times as
    long.
    """
    wishes: Callable[[str], tuple[str, ...]] | None = getattr(files, "wishes", None)
    return () if wishes is None else wishes(path)


@runtime_checkable
class DigestedFiles(Files, Protocol):
    """Files whose content need not be read to be compared."""

    def digest(self, path: str) -> str | None:
        """Return the digest of the file's bytes, None when there is no such file."""
        ...
