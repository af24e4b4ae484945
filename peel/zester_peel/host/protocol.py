"""What the engine and the states may ask of the operating system.

``HostReader`` looks, ``Host`` also changes. Every path is absolute; a host with a root other than
``/`` maps paths below that root and follows links inside it, as ``chroot`` would.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from zester.dataclass import dataclass

FileKind = Literal["file", "directory", "symlink", "other"]


class Signature(NamedTuple):
    """Identity of what a path held at one moment; differs after any change to it.

    Nanoseconds since the epoch. ``racy`` = the path changed so shortly before the look that a
    further change could hide behind the same time stamp.
    """

    device: int
    inode: int
    mode: int
    uid: int
    gid: int
    size: int
    mtime_ns: int
    ctime_ns: int
    racy: bool = False


@dataclass(frozen=True, slots=True)
class Stat:
    """``lstat`` of a path; ``mode`` holds the permission bits only (0o7777), owner and group by
    name when known, else the number as text; ``target`` is a symlink's text. ``links`` is how many
    names a file has; the times are Unix seconds."""

    kind: FileKind
    mode: int
    uid: int
    gid: int
    owner: str
    group: str
    size: int
    target: str | None = None
    links: int = field(default=1, compare=False)
    accessed: float = field(default=0.0, compare=False)
    modified: float = field(default=0.0, compare=False)
    changed: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class CommandResult:
    """A finished command; ``stdout``/``stderr`` decoded, ``truncated`` = there was more of them."""

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str
    truncated: bool = False
    pid: int = 0


@dataclass(frozen=True, slots=True)
class Launch:
    """What else a command starts with: a ``umask``, a ``group`` instead of the user's own, folders
    put before its ``PATH``. ``bound`` = it must not outlive the peel: what is left of it when the
    peel was killed is ended by the next one.

    ``confirm`` is asked once the command has read all of its input but the end (or half a second
    later): when it says no, the command is interrupted, and never comes to what it does at the end.
    """

    umask: int | None = None
    group: str | None = None
    prepend_path: str | None = None
    bound: bool = False
    confirm: Callable[[], Awaitable[bool]] | None = None


class HostReader(Protocol):
    """Looks at a machine."""

    root: Path

    def real(self, path: str) -> Path:
        """Map an absolute path below the root; follows links in all but the last component."""
        ...

    async def stat(self, path: str, *, follow: bool = False) -> Stat | None:
        """Return what is there, None when nothing is; raises HostError when it cannot be told."""
        ...

    async def read(self, path: str, *, limit: int) -> bytes:
        """Return a file's bytes; raises HostError, also when it is larger than ``limit`` bytes."""
        ...

    async def digest(self, path: str, algorithm: str = "sha256") -> str:
        """Return the digest of a file's bytes in hex; raises HostError."""
        ...

    async def listdir(self, path: str) -> tuple[str, ...]:
        """Return the names in a folder, sorted; raises HostError."""
        ...

    async def times(self, path: str) -> tuple[int, int] | None:
        """Return when a path was read and written last, in ns since 1970; None when absent."""
        ...

    def signature(self, path: str) -> Signature | None:
        """Return the signature of a path (links not followed), None when nothing is there."""
        ...

    def user_id(self, name: str) -> int | None:
        """Return the uid of a user name or number, None when unknown."""
        ...

    def group_id(self, name: str) -> int | None:
        """Return the gid of a group name or number, None when unknown."""
        ...

    async def probe(
        self,
        argv: tuple[str, ...],
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 60.0,
        user: str | None = None,
    ) -> CommandResult:
        """Run a command that only looks (guards); raises HostError or CommandTimeout."""
        ...


class Host(HostReader, Protocol):
    """Looks at a machine and changes it. Every method raises HostError when the system refuses."""

    async def write(
        self,
        path: str,
        content: bytes | Iterable[bytes],
        *,
        mode: int,
        uid: int | None = None,
        gid: int | None = None,
    ) -> None:
        """Write a file atomically: temporary file beside it, owner, mode, fsync, rename.

        A link at the path is replaced, not followed.
        """
        ...

    async def rewrite(self, path: str, content: bytes, *, before: bytes) -> bool:
        """Replace a file's content atomically; owner, mode and extended attributes stay.

        Return False, with nothing changed, when the file does not hold ``before`` any more.
        """
        ...

    async def set_times(self, path: str, atime_ns: int, mtime_ns: int) -> None:
        """Set when a path was read and written last, in ns since 1970; never follows a link."""
        ...

    async def put(self, path: str, value: bytes) -> None:
        """Write into a file of the kernel, below ``/proc`` or ``/sys``, in one call.

        Such files cannot be replaced; a file elsewhere, or a missing one, is refused.
        """
        ...

    async def mkdir(
        self, path: str, *, mode: int = 0o755, parents: bool = False
    ) -> tuple[str, ...]:
        """Create a folder, and its parents when asked, each with ``mode``; existing ones are fine.

        Return the folders that were created, outermost first.
        """
        ...

    async def chmod(self, path: str, mode: int, *, below: str | None = None) -> None:
        """Set the permission bits; never follows a link.

        ``below`` is a folder above the path from where on no part of it may be a link either:
        whoever owns a folder in between cannot lead us elsewhere.
        """
        ...

    async def chown(
        self, path: str, uid: int | None, gid: int | None, *, below: str | None = None
    ) -> None:
        """Set owner and group (None = leave); never follows a link; ``below`` as in ``chmod``."""
        ...

    async def symlink(self, path: str, target: str) -> None:
        """Create or atomically replace a symbolic link; anything else there is refused."""
        ...

    async def link(self, path: str, target: str) -> None:
        """Create a hard link to a file, or atomically replace a file by one."""
        ...

    async def rename(self, source: str, path: str) -> None:
        """Move what is there within a file system; a file or link at ``path`` is replaced."""
        ...

    async def remove(self, path: str, *, below: str | None = None) -> None:
        """Remove a file, link or whole folder; links are never followed; absent is fine.

        ``below`` as in ``chmod``.
        """
        ...

    async def run(
        self,
        argv: tuple[str, ...],
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
        user: str | None = None,
        stdin: bytes | None = None,
        launch: Launch | None = None,
    ) -> CommandResult:
        """Run a command and end its whole process group at the deadline.

        ``cwd`` None = the user's home, ``user`` None = whoever runs the peel. With a root other
        than ``/`` the command starts in ``cwd`` below that root and finds the root in
        ``ZESTER_ROOT``; it is not confined to it.
        Raises HostError when it cannot be started, CommandTimeout past ``timeout`` seconds.
        """
        ...
