"""A small text file of the system that many states share: read once, changed as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from zester.errors import StateError
from zester_peel.host.protocol import Host, HostReader, Signature
from zester_peel.states.file.place import destination

_LIMIT = 4 * 1024 * 1024
_NEW_MODE = 0o644
_RETRIES = 5

ParsedT = TypeVar("ParsedT")


class SettingsFile(Generic[ParsedT]):
    """Parses files with ``parse`` and remembers each result until the file's signature changes.

    Text is UTF-8; bytes that are not survive (``surrogateescape``).
    """

    def __init__(self, parse: Callable[[str], ParsedT]) -> None:
        self._parse = parse
        self._known: dict[str, tuple[Signature | None, ParsedT]] = {}

    async def read(self, host: HostReader, path: str) -> ParsedT:
        """Return what the file says, an empty text where there is none; raises HostError."""
        path = await destination(host, path)
        mark = host.signature(path)
        known = self._known.get(path)
        if known is not None and known[0] == mark and not (mark is not None and mark.racy):
            return known[1]
        data = b"" if mark is None else await host.read(path, limit=_LIMIT)
        parsed = self._parse(data.decode("utf-8", "surrogateescape"))
        self._known[path] = (mark, parsed)
        return parsed

    async def change(self, host: Host, path: str, edit: Callable[[ParsedT], str]) -> None:
        """Put the text that ``edit`` makes of it in the file's place; raises HostError, StateError.

        Mode and owner stay, links are followed, what another process writes meanwhile is not lost.
        A missing file and its folder are created.
        """
        path = await destination(host, path)
        for _ in range(_RETRIES):
            if await host.stat(path) is None:
                await host.mkdir(path.rpartition("/")[0] or "/", parents=True)
                await host.write(path, _encoded(edit(self._parse(""))), mode=_NEW_MODE)
                return
            before = await host.read(path, limit=_LIMIT)
            after = _encoded(edit(self._parse(before.decode("utf-8", "surrogateescape"))))
            if after == before or await host.rewrite(path, after, before=before):
                return
        raise StateError(f"cannot change {path}: another process keeps writing it")


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
