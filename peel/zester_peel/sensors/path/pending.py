"""Which targets are to be judged: now, once they are released, or in a while."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Container

_LONGEST_DELAY = 60.0
_MOST_STRIKES = 10


class Pending:
    """Targets in doubt. Each is in here at most once a stage, however many events there are."""

    def __init__(self) -> None:
        self._doubt: OrderedDict[str, bool] = OrderedDict()  # target → something happened to it
        self._held: dict[str, int] = {}
        self._waiting: set[str] = set()  # held, and something happened
        self._look_again: dict[str, float] = {}  # target → when, in order of time
        self._put_off: dict[str, float] = {}
        self._strikes: dict[str, int] = {}

    @property
    def any_now(self) -> bool:
        """Whether a target can be judged now."""
        return bool(self._doubt)

    def doubt(self, name: str, *, event: bool) -> None:
        """Have a target judged; ``event`` = something happened, else it is a routine look."""
        self._doubt[name] = event or self._doubt.get(name, False)

    def take(self) -> tuple[str, bool] | None:
        """Return a target to judge now, and whether something happened; None when there is none."""
        while self._doubt:
            name, event = self._doubt.popitem(last=False)
            if name not in self._held:
                return name, event
            if event:
                self._waiting.add(name)
        return None

    def hold(self, name: str) -> None:
        """Keep a target from being judged; calls add up."""
        self._held[name] = self._held.get(name, 0) + 1
        if self._put_off.pop(name, None) is not None:
            self._waiting.add(name)
        self._look_again.pop(name, None)  # the engine is about to look

    def release(self, name: str) -> None:
        """Undo a hold; what happened meanwhile is judged unless it is settled first.

        A target that was touched and not settled (its state failed) is judged at once the first
        time and later and later after that: a state that fails by its own writes cannot spin.
        """
        holds = self._held.pop(name, 0) - 1
        if holds > 0:
            self._held[name] = holds
            return
        if self._doubt.pop(name, False):
            self._waiting.add(name)
        if name not in self._waiting:
            return
        self._waiting.discard(name)
        strikes = self._strikes.get(name, 0)
        self._strikes[name] = min(strikes + 1, _MOST_STRIKES)
        delay = min(_LONGEST_DELAY, 2.0 ** (strikes - 1)) if strikes else 0.0
        self._put_off[name] = time.monotonic() + delay

    def settled(self, name: str, *, news: bool) -> None:
        """Judge a target against what was settled just now, if there is anything to judge."""
        self._strikes.pop(name, None)
        if self._put_off.pop(name, None) is not None:
            self.doubt(name, event=True)
        elif news:
            self.doubt(name, event=False)

    def look_again(self, name: str, delay: float) -> None:
        """Have somebody told about a target in ``delay`` seconds, always the same number."""
        self._look_again.setdefault(name, time.monotonic() + delay)

    def take_due(self) -> list[str]:
        """Move what was put off to now; return the targets that somebody is to look at again."""
        now = time.monotonic()
        for name in [name for name, when in self._put_off.items() if when <= now]:
            del self._put_off[name]
            self.doubt(name, event=True)
        due: list[str] = []
        for name, when in self._look_again.items():
            if when > now:
                break
            due.append(name)
        for name in due:
            del self._look_again[name]
        return due

    def delay(self) -> float | None:
        """Return in how many seconds something becomes due, None when nothing will."""
        times = list(self._put_off.values())
        times.extend(list(self._look_again.values())[:1])
        return max(0.0, min(times) - time.monotonic()) if times else None

    def keep(self, names: Container[str]) -> None:
        """Forget every other target; holds stay, they come in pairs."""
        stages: tuple[dict[str, bool] | dict[str, float] | dict[str, int], ...] = (
            self._doubt,
            self._look_again,
            self._put_off,
            self._strikes,
        )
        for stage in stages:
            for name in [name for name in stage if name not in names]:
                del stage[name]
        self._waiting = {name for name in self._waiting if name in names}
