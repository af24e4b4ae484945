"""Hints: "this key may have changed, look".

A hint carries no truth. It comes from the server's republish after a commit, or, for buckets that
very many listen to, from the writer after its commit. Whoever gets one reads the key and compares
revisions; a lost hint costs one resync.
"""

from __future__ import annotations

from collections.abc import Callable

from zester.bus.buckets import Bucket
from zester.bus.keys import check_filter
from zester.bus.link.connection import Bus, Subscription
from zester.bus.link.message import Message


async def send_hint(bus: Bus, bucket: Bucket, key: str) -> None:
    """Tell everybody who listens that a key of a broadcast bucket was committed."""
    await bus.publish(bucket.live(check_filter(key)))
    await bus.flush()


async def watch_hints(
    bus: Bus, bucket: Bucket, pattern: str, changed: Callable[[str], None]
) -> Subscription:
    """Call ``changed(key)`` for each hint; in force on return and after every reconnect.

    The caller looks once on its own after this returns, and on every reconnect.
    """
    prefix = bucket.live("")

    def deliver(message: Message) -> None:
        changed(message.subject.removeprefix(prefix))

    return await bus.subscribe(bucket.live(check_filter(pattern)), deliver)
