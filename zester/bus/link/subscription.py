"""What somebody listens to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from zester.bus.link.message import Message

if TYPE_CHECKING:
    from zester.bus.link.connection import Bus

Handler = Callable[[Message], None]


class Subscription:
    """A subscription that survives reconnects; ``close`` ends it."""

    def __init__(self, bus: Bus, subject: str, handler: Handler, group: str) -> None:
        self.subject = subject
        self.handler = handler
        self.group = group
        self._bus = bus

    async def close(self) -> None:
        await self._bus.unsubscribe(self)
