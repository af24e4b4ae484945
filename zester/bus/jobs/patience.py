"""Wait for a job: as long as there is somebody to wait for, and no longer."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import anyio

from zester.bus.jobs.following import Following
from zester.bus.link.connection import Bus
from zester.dataclass import dataclass
from zester.errors import BusUnavailable

SILENCE = 1.5
"""Seconds after which peels that have said nothing count as silent …"""

SILENCE_OF_SOME = 1.15
"""… when others have answered: it is neither the bus nor us that is slow …"""

EACH = 0.0005
"""Seconds more for every peel that is waited for: the caller has to hear them all …"""

QUIET = 0.4
"""… when nobody else has said anything for so many seconds, and EACH, either: while answers of a
large fleet go on coming, those that are missing are still to come."""

MANY = 20
"""Peels that have said nothing and are hardly all dead: they get more time."""

QUIET_MANY = 2.0

STRANGERS = 0.7
"""Seconds to wait for peels that nobody has heard of yet, when nobody else is expected."""

AGAIN = 0.6
"""Seconds after which a job is told a second time when somebody has said nothing …"""

LULL = 0.2
"""… and nobody else has for so long: while answers pour in, nobody was forgotten yet …"""

HEARD_EACH = 0.0002
"""… both with so many seconds more for every peel that is waited for: they all have to hear it …"""

AGAIN_EACH = 0.001
"""… unless it has gone on for so many seconds more for every one of them."""

UNKNOWN = 1.8
"""Seconds instead while it is not known yet how many those are."""

COMING_BACK = 3.0
"""Seconds more when the bus was away: the peels have to come back to it as well, and may have
missed the job; meanwhile it is told again and again."""

COMING_BACK_MANY = 12.0
REPEATS = 20

LOOK = 5.0
"""Seconds after which is looked whether those who work are still there."""

STEP = 0.05


@dataclass(frozen=True, slots=True)
class Awaited:
    """Whom to wait for: peels that the target means, and those that may be meant."""

    expected: frozenset[str]
    maybe: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Patience:
    """Waits for one job.

    ``again`` tells the job once more, ``present`` which peels are there, ``progress`` hears of
    every change. While the ``bus`` is away nobody counts as silent. ``limit`` is how many seconds
    to wait in all, None = for as long as somebody works on it.
    """

    bus: Bus
    following: Following
    again: Callable[[], Awaitable[None]]
    present: Callable[[], Awaitable[frozenset[str]]]
    progress: Callable[[Awaited | None], None]
    limit: float | None = None

    async def wait(self, awaited: Callable[[], Awaited | None]) -> frozenset[str]:
        """Return the peels that said nothing, or went away over it; ``awaited`` may come late."""
        started = since = looked = time.monotonic()
        told, was_cut, cut_off = since, False, False
        repeats = 1
        lost: frozenset[str] = frozenset()
        weighed = 0.0
        while True:
            whom = awaited()
            self.progress(whom)
            unheard = whom is not None and len(self.following.heard) < len(whom.expected)
            if unheard and time.monotonic() - weighed < STEP:
                since += await self._moment()
                continue
            weighed = time.monotonic()
            if not self.bus.connected or cut_off:
                cut_off = not await self._caught_up()
                since = looked = time.monotonic()
                told, was_cut, repeats = 0.0, True, REPEATS
                await anyio.sleep(STEP)
                continue
            now = time.monotonic()
            missing = frozenset() if whom is None else whom.expected - self.following.heard
            working = self.following.working - lost
            settled = not missing and not working
            if whom is not None and settled and not self._may_come(whom, now - started):
                return lost
            if self.limit is not None and now - started >= self.limit and whom is not None:
                return missing | working | lost
            silent = now >= self._overdue(since, whom, missing, was_cut=was_cut)
            if whom is not None and silent and not working:
                return missing | lost
            if repeats and self._forgotten(whom, missing, now, told):
                told, repeats = now, repeats - 1
                with suppress(BusUnavailable):  # it will be told again
                    await self.again()
            if working and now - looked >= LOOK:
                looked = now
                with suppress(BusUnavailable):
                    lost = frozenset(working - await self.present())
            since += await self._moment()

    async def _moment(self) -> float:
        """Wait for news; return for how long we ourselves did not get to hear them.

        A busy or stopped process has not heard what was said meanwhile: that was nobody's silence.
        """
        before = time.monotonic()
        await self.following.change(STEP)
        late = time.monotonic() - before - STEP
        return late if late > STEP else 0.0

    async def _caught_up(self) -> bool:
        """Read what was said while we were cut off; return whether that was possible."""
        self.following.last_word = time.monotonic()
        if not self.bus.connected:
            return False
        try:
            await self.following.read(self.bus)
        except BusUnavailable:
            return False
        return True

    def _forgotten(
        self, whom: Awaited | None, missing: frozenset[str], now: float, told: float
    ) -> bool:
        """Whether some have probably not heard of the job."""
        waited, quiet = now - told, now - self.following.last_word
        if whom is None:
            return waited >= UNKNOWN and quiet >= LULL
        expected = len(whom.expected)
        if not missing or waited < AGAIN + HEARD_EACH * expected:
            return False
        return quiet >= LULL + HEARD_EACH * expected or waited >= AGAIN + AGAIN_EACH * expected

    def _overdue(
        self, since: float, whom: Awaited | None, missing: frozenset[str], *, was_cut: bool
    ) -> float:
        """Return from when on silence counts; a whole fleet that says nothing is rather slow."""
        expected, many = len(whom.expected) if whom is not None else 0, len(missing) >= MANY
        patience = SILENCE_OF_SOME if self.following.heard else SILENCE
        patience += EACH * expected
        if expected >= MANY and not self.following.heard:
            patience *= 3
        if was_cut:
            patience += COMING_BACK_MANY if many else COMING_BACK
        quiet = (QUIET_MANY if many else QUIET) + EACH * expected
        return max(since + patience, self.following.last_word + quiet)

    def _may_come(self, whom: Awaited, waited: float) -> bool:
        """Whether somebody may answer who is not expected for sure."""
        if not whom.expected and not self.following.heard and waited < STRANGERS:
            return True
        return bool(whom.maybe - self.following.heard)
