"""What operators say about the maintenance of a peel, and what it answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from support.peel import Peel, status_of
from support.trusted import shared_realm
from zester.bus.link.connection import Bus
from zester.bus.maintenance.records import MaintenanceWriter
from zester.resources.maintenance.maintenance import Maintenance, ModeChoice, Suspension
from zester.resources.maintenance.window import Window
from zester.resources.nodes.status import ConditionType
from zester.trust.tiers import Tier

TREE: dict[str, str | None] = {
    "states/top.zy": "base:\n  '*':\n    - web\n",
    "states/web.zy": "/conf:\n  file.managed:\n    - contents: one\n"
    "once:\n  cmd.run:\n    - name: echo ran >> ran\n    - cwd: CWD\n",
}


def tree(peel: Peel, text: str = "one") -> dict[str, str | None]:
    states = str(TREE["states/web.zy"]).replace("one", text, 1).replace("CWD", "/")
    return {**TREE, "states/web.zy": states}


def writer(bus: Bus, name: str = "alice") -> MaintenanceWriter:
    realm = shared_realm()
    signer = realm.signer("base", Tier.OPERATOR, name)
    return MaintenanceWriter(bus, signer, realm.verifier("base"))


Running = Callable[..., AbstractAsyncContextManager[Peel]]


async def say(bus: Bus, **fields: object) -> None:
    def change(said: Maintenance) -> Maintenance:
        return said.model_copy(update=fields)

    result = await writer(bus).change(["web-01"], change)
    assert not result.failed


def suspension(seconds: float | None = None, reason: str = "disk swap") -> Suspension:
    now = int(time.time())
    end = int(time.time() + seconds) if seconds else None
    return Suspension(reason=reason, by="alice", since=now, until=end)


def observe() -> ModeChoice:
    return ModeChoice(mode="observe", by="alice", since=int(time.time()))


def window(schedule: str) -> tuple[Window, ...]:
    return (Window(name="night", schedule=schedule, duration=60),)


CLOSED = window("0 0 1 1 *")

OPEN = window("* * * * *")


async def has(bus: Bus, kind: ConditionType, text: str = "") -> bool:
    status = await status_of(bus)
    found = status.condition(kind) if status else None
    return found is not None and text in f"{found.reason}: {found.message}"


async def lacks(bus: Bus, kind: ConditionType) -> bool:
    return not await has(bus, kind)


def ran(peel: Peel) -> int:
    file = peel.root / "ran"
    return len(file.read_text().splitlines()) if file.exists() else 0


def told(bus: Bus, reason: str) -> Callable[[], object]:
    return lambda: has(bus, "Untrusted", reason)
