"""Whether the peel can do its work, for probes and metrics."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from zester.telemetry.checks import Checks
from zester.telemetry.metrics import Metrics
from zester_peel.agent.reporting.following import Following
from zester_peel.sensors.sensor import Sensor

log = logging.getLogger(__name__)


class Health:
    """The checks ``bus``, ``desired`` and ``sensors``."""

    def __init__(self, checks: Checks, metrics: Metrics, sensors: Sequence[Sensor]) -> None:
        self._checks = checks
        self._metrics = metrics
        self._sensors = sensors
        self._connected_before = False
        self._degraded = ""

    def connected(self) -> None:
        """Note that the bus is there, for the first time or again."""
        self._metrics.bus_connected.set(1)
        if self._connected_before:
            self._metrics.bus_reconnects.inc()
        self._connected_before = True
        self._checks.set("bus", ok=True)

    def disconnected(self, error: str | None) -> None:
        """Note that the bus is gone, and why."""
        self._metrics.bus_connected.set(0)
        self._checks.set("bus", ok=False, message=error or "not connected")

    def look(self, following: Following) -> None:
        """Look at what is followed, and at the sensors; log when those get worse."""
        problem = next(iter(following.problems.values()), None)
        self._checks.set("desired", ok=problem is None, message=str(problem or ""))
        degraded = "; ".join(sensor.degraded for sensor in self._sensors if sensor.degraded)
        # Polling works too: a peel without inotify is slower, not unready.
        if degraded and degraded != self._degraded:
            log.warning("sensors degraded", extra={"error": degraded})
        self._degraded = degraded
        self._checks.set("sensors", ok=True, message=degraded)
