"""The sensor for files, folders and links: inotify, and polling where that is refused."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import anyio
from anyio.abc import TaskStatus

from zester.errors import HostError
from zester.telemetry.metrics import Metrics
from zester_peel.engine.watch import Watch, WatchKind
from zester_peel.host.protocol import Signature
from zester_peel.sensors.path import inotify
from zester_peel.sensors.path.arming import Arming
from zester_peel.sensors.path.inotify import Event, Inotify
from zester_peel.sensors.path.memory import Look, Memory, Unreadable, Verdict
from zester_peel.sensors.path.pending import Pending
from zester_peel.sensors.path.places import Place, Places, Target
from zester_peel.sensors.sensor import Emit

_RACE_WINDOW = 0.05  # seconds after which a time stamp can hide nothing any more
_SLICE = 256  # targets judged, or places armed, before others get the loop
_MAX_LINKS = 40
_MOST_READS = 64  # before a hold: a flood of events must not keep us for ever
_RECOVERY_ROUNDS = 15  # rounds of polling between attempts to watch after all


class PathSensor:
    """Says "maybe changed" about watched paths, never about the engine's own work.

    It hears of every change by name. Not heard: writing through another hard link, or through a
    memory map before it is closed; the resync finds these.
    """

    kind: WatchKind = "path"

    def __init__(
        self,
        real: Callable[[str], Path],
        signature: Callable[[str], Signature | None],
        *,
        poll_interval: float = 2.0,
        metrics: Metrics | None = None,
        source: Callable[[], Inotify] = Inotify,
    ) -> None:
        self._real = real
        self._signature = signature
        self._poll_interval = poll_interval
        self._metrics = metrics or Metrics()
        self._places = Places()
        self._memory = Memory()
        self._arming = Arming(lambda: str(real("/")), source)
        self._running = False
        self._turn = 0
        self._pending = Pending()
        self._stale: set[str] = set()  # places whose way may lead elsewhere now
        self._problems: dict[str, str] = {}
        self._news = anyio.Event()
        self._trouble = anyio.Event()

    @property
    def degraded(self) -> str | None:
        """Why some paths are polled, None when none is."""
        if not self._problems:
            return None
        reason = next(iter(self._problems.values()))
        polled = sum(len(self._places.places[folder].aliases) for folder in self._problems)
        return f"{polled} paths are polled every {self._poll_interval:g} s: {reason}"

    async def run(
        self, emit: Emit, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        """Work until cancelled; started once every watched path is watched or polled."""
        try:
            self._running = True
            self._arming.open()
            self._arm(tuple(self._places.places))
            self._look_at_known(self._places.targets)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._listen)
                tasks.start_soon(self._poll)
                task_status.started()
                await self._judge_all(emit)
        finally:
            self._running = False
            self._arming.close()

    def set(self, watches: frozenset[Watch]) -> None:
        """Watch exactly this from now on; only what differs is touched."""
        fresh = self._places.change(watch for watch in watches if watch.kind == self.kind)
        for name in fresh:
            target = self._places.targets[name]
            if target.follows:
                self._places.lead(target, self._stations(name))
        self._arm_changes()
        self._memory.keep(self._places.watched_paths)
        self._pending.keep(self._places.targets)
        self._look_at_known(fresh)
        self._metrics.sensors_watches.set(len(self._places.targets), kind=self.kind)
        self._wake()

    def settle(self, signatures: Mapping[str, Signature | None]) -> None:
        """Record what the engine took just before it last saw the paths as wished."""
        for path, signature in signatures.items():
            news = self._memory.settle(path, signature)
            for name in self._places.users(path):
                self._pending.settled(name, news=news)
        self._wake()

    def hold(self, targets: Iterable[str]) -> None:
        """Judge nothing about these until they are released: the engine is looking itself."""
        self._drain(_MOST_READS)
        self._turn += 1
        for name in targets:
            self._pending.hold(name)
            target = self._places.targets.get(name)
            if target is not None:
                target.held_at = self._turn
                for path in target.paths:
                    self._memory.look_ahead(path)

    def release(self, targets: Iterable[str]) -> None:
        """Judge what happened meanwhile, against what is settled in the same turn of the loop."""
        self._drain(_MOST_READS)
        for name in targets:
            self._pending.release(name)
        self._news.set()

    async def _listen(self) -> None:
        while True:
            descriptor = self._arming.descriptor
            if descriptor is None:
                await anyio.sleep(self._poll_interval)
                continue
            await anyio.wait_readable(descriptor)
            self._drain()
            await anyio.lowlevel.checkpoint()

    def _drain(self, reads: int = 1) -> None:
        for _ in range(reads):
            events = self._arming.read()
            if not events:
                break
            for event in events:
                self._take(event)
            self._metrics.sensors_events.inc(len(events), kind=self.kind)
        self._wake()

    def _take(self, event: Event) -> None:
        if event.mask & inotify.OVERFLOW:
            self._metrics.sensors_overflows.inc()
            self._stale.update(self._places.places)
            return
        meaning = self._arming.meaning(event)
        self._stale |= meaning.way
        for folder in meaning.inside:
            place = self._places.places[folder]
            if event.mask & inotify.NAMES:
                for path in place.paths("."):
                    for name in self._places.users(path):
                        self._pending.doubt(name, event=True)
            for path in place.paths(event.name):
                # Not CLOSE_WRITE: the host closes what it wrote under its new name already.
                if event.mask & inotify.MODIFY:
                    self._memory.written(path)
                for name in self._places.users(path):
                    self._pending.doubt(name, event=True)

    async def _poll(self) -> None:
        rounds = 0
        while True:
            if not self._problems:
                self._trouble = anyio.Event()
                await self._trouble.wait()
            await anyio.sleep(self._poll_interval)
            rounds += 1
            if rounds % _RECOVERY_ROUNDS == 0:
                everything = self._arming.descriptor is None and self._arming.open()
                self._stale.update(self._places.places if everything else self._problems)
            for folder in self._problems:
                for name in self._places.targets_in(self._places.places[folder]):
                    self._pending.doubt(name, event=False)
            self._wake()

    async def _judge_all(self, emit: Emit) -> None:
        while True:
            await self._arm_stale()
            for name in self._pending.take_due():
                self._have_looked_at(self._places.targets[name], emit)
            for _ in range(_SLICE):
                taken = self._pending.take()
                if taken is None:
                    break
                self._judge(*taken, emit)
            if self._pending.any_now or self._stale:
                await anyio.lowlevel.checkpoint()
                continue
            self._news = anyio.Event()
            with anyio.move_on_after(self._pending.delay()):
                await self._news.wait()

    def _have_looked_at(self, target: Target, emit: Emit) -> None:
        for path in target.paths:
            self._memory.trust(path)
        self._emit(target, emit)

    def _judge(self, name: str, event: bool, emit: Emit) -> None:
        target = self._places.targets.get(name)
        if target is None:
            return
        if target.follows and self._places.lead(target, self._stations(name)):
            self._arm_changes()
        verdicts = {self._verdict(path, target) for path in target.paths}
        if Verdict.CHANGED in verdicts:
            self._emit(target, emit)
        elif Verdict.RACY in verdicts:
            self._pending.look_again(name, _RACE_WINDOW)
        elif event:
            self._metrics.sensors_dropped_own_writes.inc()

    def _verdict(self, path: str, target: Target) -> Verdict:
        place = self._places.place(path)
        blind = place.polled or place.armed_at >= target.held_at
        return self._memory.judge(path, self._look(path), polled=place.polled, blind=blind)

    def _look(self, path: str) -> Look:
        try:
            return self._signature(path)
        except HostError:
            return Unreadable()

    def _emit(self, target: Target, emit: Emit) -> None:
        for watch in target.watches:
            self._metrics.sensors_emitted.inc(kind=self.kind)
            emit(watch)

    def _stations(self, name: str) -> tuple[str, ...]:
        """Return the paths that decide about a followed target: itself, and where links lead."""
        paths = [name]
        while len(paths) <= _MAX_LINKS:
            try:
                text = os.readlink(self._real(paths[-1]))  # noqa: PTH115 - a text, not a path
            except (OSError, HostError):
                break
            station = posixpath.join(posixpath.dirname(paths[-1]), text)
            if station in paths:
                break
            paths.append(station)
        return tuple(paths)

    async def _arm_stale(self) -> None:
        while self._stale:
            folders = [self._stale.pop() for _ in range(min(_SLICE, len(self._stale)))]
            places = [place for f in folders if (place := self._places.places.get(f)) is not None]
            self._arm([place.folder for place in places], afresh=True)
            for place in places:
                # Level-triggered: whatever happened before the folder was watched is seen now.
                for name in self._places.targets_in(place):
                    self._pending.doubt(name, event=True)
            await anyio.lowlevel.checkpoint()

    def _arm_changes(self) -> None:
        for folder in self._places.gone:
            self._arming.disarm(folder)
            self._problems.pop(folder, None)
        self._places.gone.clear()
        came = tuple(self._places.came)
        self._places.came.clear()
        if self._running and came:
            self._arm(came)

    def _arm(self, folders: Iterable[str], *, afresh: bool = False) -> None:
        for folder, problem in self._arming.arm(folders, afresh=afresh).items():
            place: Place = self._places.places[folder]
            place.armed_at = self._turn
            place.polled = problem is not None
            if problem is None:
                self._problems.pop(folder, None)
            else:
                self._problems[folder] = problem
        polled = sum(len(self._places.places[folder].aliases) for folder in self._problems)
        self._metrics.sensors_polled.set(polled, kind=self.kind)
        if self._problems:
            self._trouble.set()

    def _look_at_known(self, names: Iterable[str]) -> None:
        """Judge what was settled before it was watched."""
        for name in names:
            if any(self._memory.knows(path) for path in self._places.targets[name].paths):
                self._pending.doubt(name, event=False)

    def _wake(self) -> None:
        if self._pending.any_now or self._stale:
            self._news.set()
