"""A parse that is kept as long as the file it came from is the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import anyio

from zester_peel.host.protocol import HostReader

T = TypeVar("T")


class Cached(Generic[T]):
    """One value for each state of some paths.

    Package managers replace their databases by renaming, or change their size: a time stamp that
    is too young to be trusted alone is no reason to read again.
    """

    def __init__(self) -> None:
        self._key: tuple[object, ...] | None = None
        self._value: T | None = None
        self._lock = anyio.Lock()

    async def get(
        self, host: HostReader, paths: Sequence[str], read: Callable[[], Awaitable[T]]
    ) -> T:
        """Return the value for the paths as they are."""
        key = self._key_of(host, paths)
        if self._value is not None and key == self._key:
            return self._value
        async with self._lock:
            key = self._key_of(host, paths)
            if self._value is None or key != self._key:
                self._value = await read()
                self._key = key
            return self._value

    def _key_of(self, host: HostReader, paths: Sequence[str]) -> tuple[object, ...]:
        return (host.root, *(signed(host, path) for path in paths))


def signed(host: HostReader, path: str) -> tuple[int, ...] | None:
    """Return a path's signature without what only says how young it is."""
    found = host.signature(path)
    if found is None:
        return None
    return found.inode, found.mode, found.size, found.mtime_ns, found.ctime_ns, found.device
