"""Watches of sensors that hear about things by name, and what was heard about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import anyio

from zester_peel.engine.watch import Watch, WatchKind


class Alerts:
    """What is watched, what was heard, and what is held back while the engine works.

    Whether a change was the engine's own cannot be told by name: what was heard during a hold is
    passed on after it. The engine then finds nothing to do, and that is the end of it.
    """

    def __init__(self, kind: WatchKind) -> None:
        self._kind = kind
        self._watches: dict[str, set[Watch]] = {}
        self._heard: dict[str, None] = {}
        self._held: dict[str, int] = {}
        self._news = anyio.Event()

    def __len__(self) -> int:
        return len(self._watches)

    def __contains__(self, target: str) -> bool:
        return target in self._watches

    @property
    def targets(self) -> tuple[str, ...]:
        return tuple(self._watches)

    def set(self, watches: Iterable[Watch]) -> tuple[str, ...]:
        """Watch exactly these of our kind; return the targets that are new."""
        before = self._watches
        self._watches = {}
        for watch in watches:
            if watch.kind == self._kind:
                self._watches.setdefault(watch.target, set()).add(watch)
        self._heard = {target: None for target in self._heard if target in self._watches}
        return tuple(target for target in self._watches if target not in before)

    def hear(self, targets: Iterable[str]) -> None:
        """Something may have changed about these; those that nobody watches are left out."""
        heard = [target for target in targets if target in self._watches]
        self._heard.update(dict.fromkeys(heard))
        if heard:
            self._news.set()

    def hear_all(self) -> None:
        """Anything may have changed."""
        self.hear(self._watches)

    def hold(self, targets: Iterable[str]) -> None:
        """Keep these back; calls add up."""
        for target in targets:
            self._held[target] = self._held.get(target, 0) + 1

    def release(self, targets: Iterable[str]) -> None:
        """Undo a hold."""
        for target in targets:
            left = self._held.pop(target, 0) - 1
            if left > 0:
                self._held[target] = left
        self._news.set()

    def _take(self) -> Iterator[Watch]:
        due = [target for target in self._heard if target not in self._held]
        for target in due:
            del self._heard[target]
            yield from self._watches[target]

    async def pass_on(self, emit: Callable[[Watch], None]) -> None:
        """Emit what was heard, until cancelled."""
        while True:
            for watch in self._take():
                emit(watch)
            self._news = anyio.Event()
            if not any(target not in self._held for target in self._heard):
                await self._news.wait()
