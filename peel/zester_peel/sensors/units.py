"""The sensor for systemd units: their signals over D-Bus, and polling where there is no bus."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import anyio

from zester.telemetry.metrics import Metrics
from zester_peel.sensors.hearing import HearingSensor

if TYPE_CHECKING:
    from jeepney import Message
    from jeepney.io.asyncio import DBusConnection

SOCKET = "/run/dbus/system_bus_socket"
SYSTEMD = "org.freedesktop.systemd1"
MANAGER = "/org/freedesktop/systemd1"
UNITS = f"{MANAGER}/unit/"
PROPERTIES = "org.freedesktop.DBus.Properties"

_TELLING = frozenset(("ActiveState", "SubState", "UnitFileState", "LoadState", "NeedDaemonReload"))
_FOLDERS = tuple(
    Path(folder) / "systemd/system" for folder in ("/etc", "/run", "/usr/local/lib", "/usr/lib")
)
_MAX_LINKS = 8
_ESCAPED = re.compile("_([0-9a-f]{2})")
_HELLO = 10.0  # seconds the bus may take to answer
_LONGEST_PAUSE = 60.0


class UnitSensor(HearingSensor):
    """Says "maybe changed" about units that are started, stopped, fail, are enabled or masked.

    ``socket`` is where the system bus listens. While it cannot be reached, every watched unit is
    in doubt each ``poll_interval`` seconds.
    """

    def __init__(
        self, *, poll_interval: float = 2.0, metrics: Metrics | None = None, socket: str = SOCKET
    ) -> None:
        super().__init__("unit", metrics)
        self._poll_interval = poll_interval
        self._socket = socket
        self._aliases: dict[str, set[str]] = {}
        self._problem: str | None = "the system bus was not reached yet"

    @property
    def degraded(self) -> str | None:
        """Why units are polled, None when they are not."""
        if self._problem is None or not self._alerts:
            return None
        every = f"polled every {self._poll_interval:g} s"
        return f"{len(self._alerts)} units are {every}: {self._problem}"

    def _watched(self, fresh: Iterable[str]) -> None:
        self._learn_aliases()

    async def _listen(self) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._poll)
            pause = 1.0
            while True:
                heard = await self._follow()
                pause = 1.0 if heard else min(_LONGEST_PAUSE, pause * 2)
                await anyio.sleep(pause)

    async def _poll(self) -> None:
        while True:
            await anyio.sleep(self._poll_interval)
            self._metrics.sensors_polled.set(
                len(self._alerts) if self._problem else 0, kind=self.kind
            )
            if self._problem is not None:
                self._alerts.hear_all()

    async def _follow(self) -> bool:
        """Listen to systemd until the bus is lost; return whether it was ever reached."""
        try:
            connection = await _join(self._socket)
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            self._problem = f"{self._socket}: {_words(error)}"
            return False
        try:
            await _subscribe(connection)
            self._problem = None
            # Level-triggered: what happened before we listened is looked at now.
            self._learn_aliases()
            self._alerts.hear_all()
            while True:
                self._take(await connection.receive())
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            self._problem = f"the connection to the system bus ended: {_words(error)}"
        finally:
            with anyio.CancelScope(shield=True), anyio.move_on_after(1):
                try:
                    await connection.close()
                except OSError:
                    self._problem = self._problem or "the connection to the system bus ended"
        return True

    def _take(self, message: Message) -> None:
        from jeepney import HeaderFields, MessageType

        if message.header.message_type is not MessageType.signal:
            return
        self._metrics.sensors_events.inc(kind=self.kind)
        fields = message.header.fields
        if fields.get(HeaderFields.member) != "PropertiesChanged":
            self._learn_aliases()
            self._alerts.hear_all()  # unit files changed, or systemd has read them again
            return
        path = str(fields.get(HeaderFields.path, ""))
        changed = message.body[1] if len(message.body) > 1 else {}
        if path.startswith(UNITS) and _TELLING.intersection(changed):
            unit = unit_name(path)
            self._alerts.hear((unit, *self._aliases.get(unit, ())))

    def _learn_aliases(self) -> None:
        """Signals carry a unit's proper name; learn which watched names are aliases of it."""
        self._aliases = {}
        for name in self._alerts.targets:
            proper = proper_name(name)
            if proper != name:
                self._aliases.setdefault(proper, set()).add(name)


def unit_name(path: str) -> str:
    """Return the unit behind an object path: ``…/unit/a_2dx_2eservice`` → ``a-x.service``."""
    escaped = path.removeprefix(UNITS)
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), escaped)


def proper_name(unit: str, folders: Sequence[Path] = _FOLDERS) -> str:
    """Return the unit behind an alias: where the link leads that carries its name."""
    name = unit
    for _ in range(_MAX_LINKS):
        target = next(filter(None, (_link(folder / name) for folder in folders)), "")
        proper = PurePath(target).name
        if proper in ("", "null", name):  # a file, a mask, or a link to elsewhere
            return name
        if "@." in proper:  # an instance of that template
            return name
        name = proper
    return unit


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""


async def _join(socket: str) -> DBusConnection:
    from jeepney.io.asyncio import open_dbus_connection

    with anyio.fail_after(_HELLO):
        return await open_dbus_connection(f"unix:path={socket}")


async def _subscribe(connection: DBusConnection) -> None:
    from jeepney import DBusAddress, MatchRule, message_bus, new_method_call
    from jeepney.io.asyncio import DBusRouter

    units = MatchRule(
        type="signal", sender=SYSTEMD, interface=PROPERTIES, member="PropertiesChanged"
    )
    units.add_arg_condition(0, f"{SYSTEMD}.Unit")
    files = MatchRule(type="signal", sender=SYSTEMD, path=MANAGER, member="UnitFilesChanged")
    reread = MatchRule(type="signal", sender=SYSTEMD, path=MANAGER, member="Reloading")
    manager = DBusAddress(MANAGER, bus_name=SYSTEMD, interface=f"{SYSTEMD}.Manager")
    async with DBusRouter(connection) as router:
        with anyio.fail_after(_HELLO):
            for rule in (units, files, reread):
                await router.send_and_get_reply(message_bus.AddMatch(rule))
            await router.send_and_get_reply(new_method_call(manager, "Subscribe"))


def _words(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
