"""Commands end with a clear error where the servers do not let them do what they have to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from zester.bus.index.asking import FIND
from zester.bus.link.connection import Bus
from zester.errors import BusRefused

SPARED = frozenset({FIND})
"""Subjects that commands can do without."""

T = TypeVar("T")


async def permitted(bus: Bus, work: Callable[[Bus], Awaitable[T]], who: str) -> T:
    """Run ``work``; raises BusRefused as soon as the servers forbid it something.

    A server tells of that, but answers nothing: who waits for an answer waits for ever.
    """
    forbidden: list[str] = []
    with anyio.CancelScope() as scope:

        def stop(subject: str) -> None:
            if subject not in SPARED:
                forbidden.append(subject)
                scope.cancel()

        bus.forbidden = stop
        return await work(bus)
    raise BusRefused(
        f"the servers do not let {who} use {forbidden[0]}",
        hint="accounts of an older Zester know less than this one: "
        "`zester trust rotate DIR accounts` signs them anew",
    )
