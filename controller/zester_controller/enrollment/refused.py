"""Counts what was refused, so that an operator sees who knocks."""

from __future__ import annotations

from collections import Counter

from zester.reconcile.clock import Clock
from zester.resources.enrollment.refusals import SOURCES_LIMIT, Refusals
from zester.telemetry.metrics import Metrics

SOURCES = 2_000
"""Sources counted one by one; the quietest half is forgotten when there are more."""


class Refused:
    """The refusals of this master since it started."""

    def __init__(self, clock: Clock, metrics: Metrics) -> None:
        self._clock = clock
        self._metrics = metrics
        self._since = int(clock.wall())
        self._reasons: Counter[str] = Counter()
        self._sources: Counter[str] = Counter()
        self._told = 0

    def count(self, reason: str, source: str) -> None:
        """Count one refused request."""
        self._reasons[reason] += 1
        self._sources[source] += 1
        self._metrics.enrollment_refused.inc(reason=reason)
        if len(self._sources) > SOURCES:
            self._sources = Counter(dict(self._sources.most_common(SOURCES // 2)))

    @property
    def total(self) -> int:
        return self._reasons.total()

    def news(self) -> Refusals | None:
        """Return the counts when there are new ones since the last ``told``."""
        if self.total == self._told:
            return None
        return Refusals(
            since=self._since,
            updated=int(self._clock.wall()),
            reasons=dict(self._reasons),
            sources=dict(self._sources.most_common(SOURCES_LIMIT)),
        )

    def told(self, news: Refusals) -> None:
        """Note that these counts were stored."""
        self._told = sum(news.reasons.values())
