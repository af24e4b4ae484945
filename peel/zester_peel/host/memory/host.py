"""A machine in memory, as ``Host``."""

from __future__ import annotations

import errno
import hashlib
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from zester.errors import HostError
from zester_peel.host.memory.files import MemoryFiles, refusal
from zester_peel.host.memory.inode import Inode
from zester_peel.host.memory.programs import run_program
from zester_peel.host.protocol import CommandResult, Launch, Signature, Stat
from zester_peel.host.refusal import refused

ACCOUNTS: Mapping[str, int] = {"root": 0, "daemon": 1, "nobody": 65534}
"""Users, and groups of the same names and numbers."""

_NAMES = {number: name for name, number in ACCOUNTS.items()}


class MemoryHost:
    """Files, folders and links, a handful of accounts, and ``run_program`` instead of programs.

    Nothing of it is on this computer: no other process sees or changes it, and it ends with this
    object.
    """

    def __init__(self) -> None:
        self.root = Path("/")
        self._files = MemoryFiles()
        for path in ("/etc", "/srv", "/tmp", "/var"):  # noqa: S108 - not this computer's
            self._files.make_folder(path, 0o755)

    def text(self, path: str) -> str:
        """Return what a file holds, empty when there is none."""
        node = self._files.find(path, follow=True)
        return node.content.decode("utf-8", "replace") if node is not None else ""

    def real(self, path: str) -> Path:
        raise HostError(f"{path} is on a simulated machine: it has no place on this one")

    async def stat(self, path: str, *, follow: bool = False) -> Stat | None:
        with _refusing("look at", path):
            node = self._files.find(path, follow=follow)
        if node is None:
            return None
        return Stat(
            kind=node.kind,
            mode=node.mode,
            uid=node.uid,
            gid=node.gid,
            owner=_NAMES.get(node.uid, str(node.uid)),
            group=_NAMES.get(node.gid, str(node.gid)),
            size=node.size,
            target=node.target,
            links=node.links,
            accessed=node.accessed_ns / 1e9,
            modified=node.modified_ns / 1e9,
            changed=node.changed_ns / 1e9,
        )

    async def read(self, path: str, *, limit: int) -> bytes:
        content = self._content(path)
        if len(content) > limit:
            raise HostError(f"cannot read {path}: its {len(content)} bytes are more than {limit}")
        return content

    async def digest(self, path: str, algorithm: str = "sha256") -> str:
        return hashlib.new(algorithm, self._content(path)).hexdigest()

    async def listdir(self, path: str) -> tuple[str, ...]:
        with _refusing("list", path):
            return self._files.names(path)

    async def times(self, path: str) -> tuple[int, int] | None:
        with _refusing("look at", path):
            node = self._files.find(path)
        return None if node is None else (node.accessed_ns, node.modified_ns)

    def signature(self, path: str) -> Signature | None:
        try:
            node = self._files.find(path)
        except OSError as error:
            raise refused("look at", path, error) from error
        return None if node is None else node.signature

    def user_id(self, name: str) -> int | None:
        return int(name) if name.isdecimal() else ACCOUNTS.get(name)

    def group_id(self, name: str) -> int | None:
        return int(name) if name.isdecimal() else ACCOUNTS.get(name)

    async def probe(
        self,
        argv: tuple[str, ...],
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 60.0,
        user: str | None = None,
    ) -> CommandResult:
        return await run_program(argv, timeout)

    async def write(
        self,
        path: str,
        content: bytes | Iterable[bytes],
        *,
        mode: int,
        uid: int | None = None,
        gid: int | None = None,
    ) -> None:
        data = content if isinstance(content, bytes) else b"".join(content)
        with _refusing("write", path):
            self._files.put(path, Inode("file", mode, uid or 0, gid or 0, data))

    async def rewrite(self, path: str, content: bytes, *, before: bytes) -> bool:
        with _refusing("write", path):
            node = self._files.need(path)
            if node.kind != "file" or node.content != before:
                return False
            node.content = content
            node.touched()
        return True

    async def set_times(self, path: str, atime_ns: int, mtime_ns: int) -> None:
        with _refusing("set the times of", path):
            node = self._files.need(path)
        node.accessed_ns, node.modified_ns = atime_ns, mtime_ns
        node.altered()

    async def put(self, path: str, value: bytes) -> None:
        raise HostError(f"cannot put a value into {path}: a simulated machine has no kernel")

    async def mkdir(
        self, path: str, *, mode: int = 0o755, parents: bool = False
    ) -> tuple[str, ...]:
        missing = [path.rstrip("/") or "/"]
        with _refusing("create folder", path):
            while parents and self._files.find(missing[-1], follow=True) is None:
                missing.append(posixpath.dirname(missing[-1]))
            return tuple(each for each in reversed(missing) if self._files.make_folder(each, mode))

    async def chmod(self, path: str, mode: int, *, below: str | None = None) -> None:
        with _refusing("set the mode of", path):
            node = self._files.need(path)
        if node.kind == "symlink":
            raise HostError(f"cannot set the mode of {path}: it is a symbolic link")
        node.mode = mode
        node.altered()

    async def chown(
        self, path: str, uid: int | None, gid: int | None, *, below: str | None = None
    ) -> None:
        with _refusing("set the owner of", path):
            node = self._files.need(path)
        node.uid = node.uid if uid is None else uid
        node.gid = node.gid if gid is None else gid
        node.altered()

    async def symlink(self, path: str, target: str) -> None:
        with _refusing("link", path):
            there = self._files.find(path)
            if there is not None and there.kind != "symlink":
                raise HostError(f"cannot link {path}: something else is there")
            self._files.put(path, Inode("symlink", 0o777, target=target))

    async def link(self, path: str, target: str) -> None:
        with _refusing(f"link {path} to", target):
            node = self._files.need(target)
            if node.kind == "directory":
                raise refusal(errno.EPERM)
            if self._files.find(path) is not node:
                self._files.put(path, node)
                node.links += 1
            node.altered()

    async def rename(self, source: str, path: str) -> None:
        with _refusing(f"move {source} to", path):
            self._files.moved(source, path)

    async def remove(self, path: str, *, below: str | None = None) -> None:
        if posixpath.normpath(path) == "/":
            raise HostError("cannot remove /: it is the root")
        with _refusing("remove", path):
            if self._files.find(path) is not None:
                self._files.take(path)

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
        return await run_program(argv, timeout)

    def _content(self, path: str) -> bytes:
        with _refusing("read", path):
            node = self._files.need(path, follow=True)
        if node.kind != "file":
            what = "a directory" if node.kind == "directory" else "not a regular file"
            raise HostError(f"cannot read {path}: it is {what}")
        return node.content


@contextmanager
def _refusing(action: str, path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise refused(action, path, error) from error
