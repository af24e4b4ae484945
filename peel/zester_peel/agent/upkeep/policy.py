"""Whether this peel may change its machine now: told when that becomes different."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

import anyio

from zester.bus.link.connection import Bus
from zester.errors import BusRefused, BusUnavailable, UnderMaintenance
from zester.reconcile.clock import Clock
from zester.resources.maintenance.maintenance import Maintenance
from zester.resources.maintenance.verdict import ENFORCE, Verdict
from zester_peel.agent.belief.belief import Belief

log = logging.getLogger(__name__)

LOOK = 30.0
"""Seconds after which the clock is asked again at the latest: somebody may have set it."""

FIRST = 1.0
"""Seconds that a peel which starts waits for the bus, before it does what it knows."""

_TREE = Verdict("observe", "TreeMode", "zester.yaml says mode: observe")


class Policy:
    """Asks what is believed and the clock, each time anew; nothing is decided in advance."""

    def __init__(self, belief: Belief, bus: Bus, clock: Clock) -> None:
        self._belief = belief
        self._bus = bus
        self._clock = clock
        self._look = anyio.Event()
        self._hinted = self._reading = False
        self._known: tuple[Maintenance | None, float, Verdict] | None = None

    def verdict(self, *, tree_observes: bool = False) -> Verdict:
        """Return what holds now; a tree may only add that it wants to be observed."""
        found = self._now()
        return _TREE if tree_observes and found.kind == "enforce" else found

    @property
    def suspended(self) -> bool:
        return self._now().kind == "suspended"

    def goes_on(self) -> bool:
        """Whether a run that was begun may begin another state.

        Who suspends or says ``observe`` means now; what began in a window is brought to its end.
        """
        found = self._now()
        return found.kind == "enforce" or found.reason in ("OutsideWindow", "DenyWindow")

    @property
    def behind(self) -> bool:
        """Whether something was said that was not read yet."""
        return self._hinted or self._reading

    def look(self) -> None:
        """Look again soon."""
        self._look.set()

    def hint(self, _key: str) -> None:
        """Look what the bus has, soon."""
        self._hinted = True
        self._look.set()

    async def hear_first(self) -> None:
        """Look what was said while this peel was away, before it changes anything."""
        with anyio.move_on_after(FIRST), suppress(BusUnavailable, BusRefused):
            await self._bus.wait_connected(FIRST)
            await self._belief.read_maintenance(self._bus)

    async def run(self, changed: Callable[[], None]) -> NoReturn:
        """Call ``changed`` whenever something else holds, or what is said is refused.

        Beside the worker, which may be in the middle of a long run.
        """
        known = self._now()
        while True:
            self._look = anyio.Event()
            news = False
            if self._hinted:
                self._hinted, self._reading = False, True
                try:
                    news = await self._belief.read_maintenance(self._bus)
                except (BusUnavailable, BusRefused) as error:
                    log.debug("maintenance not read", extra={"error": str(error)})
                finally:
                    self._reading = False
            found = self._now()
            if (found.kind, found.reason, found.message) != (
                known.kind,
                known.reason,
                known.message,
            ):
                log.info(
                    "maintenance changed",
                    extra={"kind": found.kind, "reason": found.reason, "error": found.message},
                )
                known, news = found, True
            if news:
                changed()
            pause = LOOK
            if found.changes_at is not None:
                pause = min(LOOK, max(0.01, found.changes_at - self._clock.wall()))
            with anyio.move_on_after(pause):
                await self._look.wait()

    def _now(self) -> Verdict:
        """What windows say is worked out once until it may change, or the clock went back."""
        said, now = self._belief.maintenance.value, self._clock.wall()
        if said is None:
            return ENFORCE
        if self._known is not None:
            about, since, verdict = self._known
            ends = verdict.changes_at
            if about is said and since <= now and (ends is None or now < ends):
                return verdict
        verdict = said.verdict(now)
        self._known = (said, now, verdict)
        return verdict


def refuse(verdict: Verdict) -> None:
    """Raise UnderMaintenance unless changes may be made."""
    if verdict.kind == "enforce":
        return
    what = "this peel is suspended" if verdict.kind == "suspended" else "this peel only observes"
    raise UnderMaintenance(
        f"{what}: {verdict.message}",
        hint="test=true tells what would change; force=true changes it all the same",
    )
