"""What was written to a bucket since somebody looked last, without a consumer.

The server is asked for what it stored after a sequence number, so nothing is missed, however long
ago the last look was, and a look at a bucket that nobody wrote to is one small request.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from zester.bus.api import call_api, raise_refusal
from zester.bus.buckets import Bucket
from zester.bus.link.connection import Bus
from zester.bus.records import Record, Records

TIMEOUT = 30.0


class Changes:
    """One bucket, read from where the last look ended. Raises BusUnavailable, BusRefused."""

    def __init__(self, bus: Bus, bucket: Bucket) -> None:
        self._bus = bus
        self._bucket = bucket
        self._records = Records(bus, bucket, timeout=TIMEOUT)
        self._made = ""
        self._after = self._last = 0

    async def lost(self) -> bool:
        """Ask how far the bucket is; return whether it is not the one that was read before.

        So it is at first, and when the server lost data. Then call ``restart``.
        """
        info = await call_api(self._bus, f"STREAM.INFO.{self._bucket.stream}", timeout=TIMEOUT)
        raise_refusal(info, self._bucket.name)
        before, self._made = self._made, str(info["created"])
        self._last = int(info["state"]["last_seq"])
        return before != self._made or self._last < self._after

    def restart(self) -> None:
        """Read everything with the next ``read``."""
        self._after = 0

    async def read(self) -> AsyncGenerator[tuple[str, Record | None], None]:
        """Yield every key that was written since, some more than once; None = deleted."""
        if self._last <= self._after:
            return
        async with aclosing(self._records.since(self._after)) as found:
            async for sequence, key, record in found:
                self._after = sequence
                yield key, record
