"""What sensors share that hear of things by name."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping

import anyio
from anyio.abc import TaskStatus

from zester.telemetry.metrics import Metrics
from zester_peel.engine.watch import Watch, WatchKind
from zester_peel.host.protocol import Signature
from zester_peel.sensors.alerts import Alerts
from zester_peel.sensors.sensor import Emit, Sensor


class HearingSensor(Sensor):
    """Keeps alerts, counts them and passes them on; a subclass listens to whoever tells.

    Nothing is opened, asked or read before something is watched.
    """

    def __init__(self, kind: WatchKind, metrics: Metrics | None) -> None:
        self._kind = kind
        self._metrics = metrics or Metrics()
        self._alerts = Alerts(kind)
        self._wanted = anyio.Event()

    @property
    def kind(self) -> WatchKind:
        """The kind of watch it understands."""
        return self._kind

    async def run(
        self, emit: Emit, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        """Work until cancelled; listening starts once something is watched."""

        def count(watch: Watch) -> None:
            self._metrics.sensors_emitted.inc(kind=self.kind)
            emit(watch)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._alerts.pass_on, count)
            task_status.started()
            await self._wanted.wait()
            await self._listen()

    def set(self, watches: frozenset[Watch]) -> None:
        """Watch exactly this from now on."""
        fresh = self._alerts.set(watches)  # whoever watches anew looks first
        self._watched(fresh)
        self._metrics.sensors_watches.set(len(self._alerts), kind=self.kind)
        if self._alerts:
            self._wanted.set()

    def settle(self, signatures: Mapping[str, Signature | None]) -> None:
        """Nothing: what is heard of by name has no signature."""

    def hold(self, targets: Iterable[str]) -> None:
        """Keep these back."""
        self._alerts.hold(targets)

    def release(self, targets: Iterable[str]) -> None:
        """Tell what was heard meanwhile."""
        self._alerts.release(targets)

    @abstractmethod
    async def _listen(self) -> None:
        """Listen until cancelled, and say to the alerts what is heard."""

    def _watched(self, fresh: Iterable[str]) -> None:
        """Take note that other targets are watched, these of them for the first time."""
