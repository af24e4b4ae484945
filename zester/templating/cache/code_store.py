"""Compiled templates on disk, so that the next process need not compile them again."""

from __future__ import annotations

import logging
import marshal
import os
import stat
import sys
from contextlib import suppress
from hashlib import sha256
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from types import CodeType

from zester import __version__

log = logging.getLogger(__name__)

MAX_FILES = 4096
"""Compiled templates kept; when there are more, the older half goes."""

_SEAL = 32


class CodeStore:
    """A folder of compiled templates that only this user can read and write.

    What is in it is run, so a folder or file that another user owns or may write is not used.
    Every failure is a miss: the store only saves time. Source: Python's own ``__pycache__``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._usable: bool | None = None
        self._trimmed = False
        # Code of another Python, another Jinja or another Zester is not ours.
        from jinja2 import __version__ as jinja

        parts = (MAGIC_NUMBER, sys.flags.optimize, jinja, __version__, _generator_age())
        self._format = repr(parts).encode()

    def read(self, name: str, text: str) -> CodeType | None:
        """Return the code of a template, None when it is not there or not fit for use."""
        if not self._ready():
            return None
        try:
            handle = os.open(self._path(name, text), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(handle, "rb") as file:
                if not _private(os.fstat(handle)):
                    return None
                data = file.read()
        except OSError:
            return None
        if sha256(data[_SEAL:]).digest() != data[:_SEAL]:
            return None  # half written, or damaged
        try:
            code = marshal.loads(data[_SEAL:])  # noqa: S302 -- our own file, as checked above
        except (ValueError, TypeError, EOFError):
            return None
        return code if isinstance(code, CodeType) else None

    def write(self, name: str, text: str, code: CodeType) -> None:
        """Keep the code of a template."""
        if not self._ready():
            return
        if not self._trimmed:
            self._trim()
        path = self._path(name, text)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            body = marshal.dumps(code)
        except ValueError:
            return  # holds something that is no constant
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
                file.write(sha256(body).digest() + body)
            temporary.replace(path)
        except OSError as error:
            log.debug("compiled template not kept", extra={"error": str(error)})
            with suppress(OSError):
                temporary.unlink()

    def _path(self, name: str, text: str) -> Path:
        digest = sha256(self._format)
        for part in (name, text):
            data = part.encode("utf-8", "surrogatepass")
            digest.update(f"{len(data)}:".encode() + data)
        return self._folder / digest.hexdigest()

    def _ready(self) -> bool:
        if self._usable is None:
            self._usable = self._prepare()
        return self._usable

    def _prepare(self) -> bool:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            status = self._folder.lstat()
            if not stat.S_ISDIR(status.st_mode) or not _private(status):
                return False
        except OSError:
            return False
        return True

    def _trim(self) -> None:
        """Make room, once: who only reads need not."""
        self._trimmed = True
        names: list[str] = []
        with suppress(OSError):
            names = os.listdir(self._folder)  # noqa: PTH208 - thousands of names
        if len(names) <= MAX_FILES:
            return
        aged = []
        for name in names:
            with suppress(OSError):
                aged.append(((self._folder / name).lstat().st_mtime, name))
        aged.sort()
        for _, name in aged[: len(aged) - MAX_FILES // 2]:
            with suppress(OSError):
                (self._folder / name).unlink()


def _generator_age() -> tuple[int, ...]:
    """When the files that turn templates into code were last changed, in nanoseconds."""
    folder = Path(__file__).parents[1] / "jinja"
    return tuple(sorted(path.stat().st_mtime_ns for path in folder.glob("*.py")))


def _private(status: os.stat_result) -> bool:
    return status.st_uid == os.geteuid() and not status.st_mode & 0o022


def user_store() -> CodeStore | None:
    """Return the store of the user who runs this, None without a home."""
    given = os.environ.get("XDG_CACHE_HOME")
    try:
        place = Path(given) if given else Path.home() / ".cache"
    except RuntimeError:
        return None
    return CodeStore(place / "zester" / "templates") if place.is_absolute() else None
