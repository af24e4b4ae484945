"""Hints: "this key may have changed, look".

A hint carries no truth. It comes from the server's republish after a commit, or, for buckets that
very many listen to, from the writer after its commit. Whoever gets one reads the key and compares
revisions; a lost hint costs one resync.

In a cluster any replica may answer who reads, also one that is a moment late. So a hint there is
given twice: at once, and when the last replica has what it is about.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from zester.bus.buckets import Bucket
from zester.bus.keys import check_filter
from zester.bus.link.connection import Bus
from zester.bus.link.message import Message
from zester.bus.link.subscription import Subscription

SETTLED = 0.5
"""Seconds after a commit until the slowest replica that is well has it too."""


async def send_hint(bus: Bus, bucket: Bucket, key: str) -> None:
    """Tell everybody who listens that a key of a broadcast bucket was committed."""
    await bus.publish(bucket.live(check_filter(key)))
    await bus.flush()


async def watch_hints(
    bus: Bus, bucket: Bucket, pattern: str, changed: Callable[[str], None]
) -> Subscription:
    """Call ``changed(key)`` for each hint; in force on return and after every reconnect.

    In a cluster it is called once more after the last of several hints about a key.

    The caller looks once on its own after this returns, and on every reconnect.
    """
    prefix = bucket.live("")
    again: dict[str, asyncio.TimerHandle] = {}

    def look_again(key: str) -> None:
        del again[key]
        changed(key)

    def deliver(message: Message) -> None:
        key = message.subject.removeprefix(prefix)
        if bus.cluster:
            if key in again:
                again[key].cancel()
            again[key] = asyncio.get_running_loop().call_later(SETTLED, look_again, key)
        changed(key)

    return await bus.subscribe(bucket.live(check_filter(pattern)), deliver)
