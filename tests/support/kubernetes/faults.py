"""What goes wrong with the server when a test says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum

from support.kubernetes.access.identity import User
from support.kubernetes.access.rbac import Ask
from support.kubernetes.objects.refusal import Refusal

Where = Callable[[User, Ask], bool]
"""Which requests a fault is for."""

_REASONS = {
    401: "Unauthorized",
    403: "Forbidden",
    410: "Expired",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}


class Fate(Enum):
    """How an open watch ends."""

    CUT = "the connection is closed between two lines"
    TORN = "the connection is closed in the middle of a line"
    EXPIRED = "an error 410 is the last event"


@dataclass(slots=True, eq=False)
class Watching:
    """An open watch, and what is to become of it."""

    ask: Ask
    waker: asyncio.Event
    fate: Fate | None = None


@dataclass(slots=True, eq=False)
class _Fault:
    where: Where
    refusal: Refusal | None = None
    delay: float = 0.0
    after: bool = False
    left: int | None = None


@dataclass(slots=True)
class Faults:
    """Switches, off at first; each ``with`` is off again at its end."""

    bookmarks: bool = True
    drop_deletions: bool = False
    watches: set[Watching] = field(default_factory=set)
    _faults: list[_Fault] = field(default_factory=list)
    _thawed: asyncio.Event | None = None
    _towards: str = ""
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    @contextmanager
    def answering(
        self,
        code: int,
        *,
        where: Where = lambda user, ask: True,
        retry_after: int | None = None,
        times: int | None = None,
        after: bool = False,
    ) -> Iterator[None]:
        """Answer requests with an error; only the next ``times`` of them if that is given.

        ``after``: what was asked for is done, only the answer is lost.
        """
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        refusal = Refusal(code, _REASONS.get(code, "Unknown"), "as the test says", headers=headers)
        with self._active(_Fault(where, refusal, after=after, left=times)):
            yield

    @contextmanager
    def slow(
        self, seconds: float, *, where: Where = lambda user, ask: True, after: bool = False
    ) -> Iterator[None]:
        """Answer requests late; ``after``: what was asked for is done at once."""
        with self._active(_Fault(where, delay=seconds, after=after)):
            yield

    @contextmanager
    def frozen(self, *, towards: str = "") -> Iterator[None]:
        """Answer nothing and send nothing; connections stay open and new ones are taken.

        Only ``towards`` a user if one is named: a network that fell silent.
        """
        self._thawed, self._towards = asyncio.Event(), towards
        try:
            yield
        finally:
            self._thawed.set()
            self._thawed = None

    def end_watches(
        self, fate: Fate = Fate.CUT, *, where: Callable[[Ask], bool] = lambda ask: True
    ) -> int:
        """End the watches that are open now and return how many there were."""
        ended = [watching for watching in self.watches if where(watching.ask)]
        for watching in ended:
            watching.fate = fate
            watching.waker.set()
        return len(ended)

    async def until_watched(self, resource: str) -> None:
        """Wait until somebody watches objects of a resource."""
        while not self._watched(resource):
            await self._next()

    async def until_unwatched(self, resource: str) -> None:
        """Wait until nobody does."""
        while self._watched(resource):
            await self._next()

    @contextmanager
    def watching(self, ask: Ask, waker: asyncio.Event) -> Iterator[Watching]:
        """Count a watch as open."""
        found = Watching(ask, waker)
        self.watches.add(found)
        self._moved.set()
        try:
            yield found
        finally:
            self.watches.discard(found)
            self._moved.set()

    async def meet(self, user: User, ask: Ask, *, after: bool = False) -> None:
        """Wait, or raise Refusal, as the faults for such a request say."""
        await self.thaw(user)
        faults = [each for each in self._faults if each.after == after and each.where(user, ask)]
        for fault in faults:
            if fault.left is not None:
                if not fault.left:
                    continue
                fault.left -= 1
            await asyncio.sleep(fault.delay)
            if fault.refusal is not None:
                raise fault.refusal

    async def thaw(self, user: User) -> None:
        """Wait while the server is frozen."""
        if self._thawed is not None and self._towards in ("", user.name):
            await self._thawed.wait()

    def _watched(self, resource: str) -> bool:
        return any(watching.ask.resource == resource for watching in self.watches)

    async def _next(self) -> None:
        self._moved = asyncio.Event()
        await self._moved.wait()

    @contextmanager
    def _active(self, fault: _Fault) -> Iterator[None]:
        self._faults.append(fault)
        try:
            yield
        finally:
            self._faults.remove(fault)
