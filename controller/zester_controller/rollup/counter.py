"""The rollup: the fleet as a handful of numbers for each environment."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from zester.bus.buckets import ROLLUPS
from zester.bus.fleet import PeelView
from zester.bus.keys import make_key
from zester.bus.kv import Kv
from zester.bus.lease import RoleLease
from zester.bus.link.connection import Bus
from zester.errors import InvalidDocument
from zester.reconcile.reconciler import Requeue
from zester.resources.nodes.rollup import Rollup
from zester.resources.nodes.status import ConditionType, PeelStatus
from zester_controller.rollup.statuses import Statuses

KEY = "fleet"

SHARE = 0.05
"""Of its time a master counts at most: of a large fleet more seldom than it was told to."""

_CONDITIONS: Mapping[ConditionType, str] = {
    "Stalled": "stalled",
    "Drifted": "drifted",
    "Contested": "contested",
    "Reconciling": "reconciling",
    "DuplicateIdentity": "duplicated",
    "Suspended": "suspended",
    "Observing": "observing",
}


class RollupCounter:
    """Reconciles the one key ``fleet``: reads the statuses that are new, writes what changed.

    Only the master that holds the lease ``role.rollup`` writes; ``publish`` gets the totals of all
    environments for metrics, nothing while another master counts.
    """

    def __init__(
        self,
        bus: Bus,
        lease: RoleLease,
        *,
        interval: float,
        publish: Callable[[Mapping[str, int]], None],
    ) -> None:
        self._kv = Kv(bus, ROLLUPS, Rollup)
        self._statuses = Statuses(bus)
        self._lease = lease
        self._interval = interval
        self._publish = publish
        self._written: dict[str, Rollup] | None = None

    async def reconcile(self, key: str) -> Requeue:
        """Count; raises BusUnavailable."""
        if not self._lease.held and not await self._lease.renew():
            self._written = None
            self._publish({})  # another master counts now: no old numbers beside its own
            return Requeue(self._interval)
        written = self._written = self._written if self._written is not None else await self._read()
        begun = time.monotonic()
        fleet = await self._statuses.read()
        rollups = {rollup.env: rollup for rollup in count(fleet, time.time())}
        for env in written.keys() - rollups.keys():
            rollups[env] = Rollup(env=env, updated=time.time())
        for env, rollup in rollups.items():
            if env in written and _same(written[env], rollup):
                continue
            await self._kv.put(make_key(env), rollup)
            written[env] = rollup
        self._publish(_totals(rollups.values()))
        return Requeue(max(self._interval, (time.monotonic() - begun) / SHARE))

    async def _read(self) -> dict[str, Rollup]:
        """What the master before us wrote, also of environments that nobody is in any more."""
        found: dict[str, Rollup] = {}
        async for record in self._kv.records.scan():
            with suppress(InvalidDocument):
                rollup = Rollup.decode(record.value)
                found[rollup.env] = rollup
        return found


def count(fleet: Iterable[PeelView], now: float) -> list[Rollup]:
    """Count peels by environment; a peel that never reported belongs to none yet."""
    numbers: dict[str, Counter[str]] = defaultdict(Counter)
    revisions: dict[str, Counter[str]] = defaultdict(Counter)
    for view in fleet:
        if view.status is None:
            continue
        env = view.status.env
        found = numbers[env]
        found["peels"] += 1
        found["corrected"] += view.status.corrected
        if view.live and view.ready != "True" and _held(view.status):
            found["held"] += 1
        elif view.ready == "Unknown":
            found["unknown"] += 1
        else:
            found["ready" if view.ready == "True" else "failed"] += 1
        if view.live:
            for condition in view.status.conditions:
                found[_CONDITIONS.get(condition.type, "")] += 1
            for source, revision in view.status.applied.items():
                revisions[env][f"{source}@{revision}"] += 1
    return [
        Rollup.model_validate(
            {
                **{name: found[name] for name in Rollup.model_fields if name in found},
                "env": env,
                "revisions": dict(revisions[env]),
                "updated": now,
            }
        )
        for env, found in sorted(numbers.items())
    ]


def _held(status: PeelStatus) -> bool:
    """Whether a peel is not as wished because it may not change anything, and for nothing else."""
    if status.counts.failed or status.condition("Stalled") is not None:
        return False
    kinds: tuple[ConditionType, ...] = ("Suspended", "Observing")
    return any(status.condition(kind) is not None for kind in kinds)


def _same(old: Rollup, new: Rollup) -> bool:
    return old.model_copy(update={"updated": new.updated}) == new


def _totals(rollups: Iterable[Rollup]) -> dict[str, int]:
    names = ("ready", "failed", "unknown", "held", *_CONDITIONS.values())
    total: Counter[str] = Counter(dict.fromkeys(names, 0))
    for rollup in rollups:
        for name in names:
            total[name] += getattr(rollup, name)
    return dict(total)
