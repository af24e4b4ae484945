"""Atomic batches: many writes, one commit, one answer."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Mapping, Sequence

import anyio

from zester.bus.api import error_code, parse_answer
from zester.bus.buckets import Bucket
from zester.bus.keys import check_filter
from zester.bus.link.connection import Bus
from zester.bus.link.message import Message
from zester.bus.records import EXPECT, acknowledged
from zester.errors import BusUnavailable

MAX_MESSAGES = 500
"""The server takes 1,000 a batch; half of it keeps its staging memory low."""

MAX_BYTES = 4 * 1024 * 1024


INCOMPLETE = frozenset({10176, 10210})
"""The server lost track of the batch: too many were open at once, or one was slow."""

RETRY_FIRST, RETRY_MAX = 0.05, 1.0


async def write_batch(
    bus: Bus,
    bucket: Bucket,
    writes: Sequence[tuple[str, bytes]],
    *,
    over: Mapping[str, int] | None = None,
    timeout: float = 30.0,
) -> int:
    """Store all ``(key, value)`` pairs or none; return the last revision.

    At most MAX_MESSAGES pairs into a bucket made with ``atomic``. ``over`` has revisions (0 = none)
    that must still be the newest of their keys: else RevisionConflict, and nothing is stored. A
    server takes only so many open
    batches: one it had no room for is sent again for ``timeout`` seconds. Raises BusRefused,
    BusUnavailable (after which nothing, or everything, may have been stored).
    """
    if not 1 <= len(writes) <= MAX_MESSAGES:
        raise ValueError(f"a batch has 1 to {MAX_MESSAGES} writes, not {len(writes)}")
    what = f"{bucket.name} (batch of {len(writes)})"
    deadline = time.monotonic() + timeout
    delay = RETRY_FIRST
    while True:
        answer = await _send(bus, bucket, writes, over or {}, timeout)
        if error_code(parse_answer(answer, what)) not in INCOMPLETE:
            return acknowledged(answer, what)
        if time.monotonic() + delay > deadline:
            raise BusUnavailable(f"{what}: the server has too many open batches", retry_after=5.0)
        await anyio.sleep(random.uniform(delay / 2, delay))  # noqa: S311 - jitter
        delay = min(RETRY_MAX, delay * 2)


async def _send(
    bus: Bus,
    bucket: Bucket,
    writes: Sequence[tuple[str, bytes]],
    over: Mapping[str, int],
    timeout: float,
) -> Message:
    batch = uuid.uuid4().hex
    for number, (key, value) in enumerate(writes, 1):
        subject = bucket.subject(check_filter(key))
        headers = {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
        if key in over:
            headers[EXPECT] = str(over[key])
        if number < len(writes):
            await bus.publish(subject, value, headers=headers)
    headers["Nats-Batch-Commit"] = "1"
    return await bus.request(subject, value, headers=headers, timeout=timeout)
