"""Atomic batches: many writes, one commit, one answer."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from zester.bus.buckets import Bucket
from zester.bus.connection import Bus
from zester.bus.keys import check_filter
from zester.bus.records import acknowledged

MAX_MESSAGES = 500
"""The server takes 1,000 a batch; half of it keeps its staging memory low."""

MAX_BYTES = 4 * 1024 * 1024


async def write_batch(
    bus: Bus, bucket: Bucket, writes: Sequence[tuple[str, bytes]], *, timeout: float = 30.0
) -> int:
    """Store all ``(key, value)`` pairs or none; return the last revision.

    At most MAX_MESSAGES pairs into a bucket made with ``atomic``. Raises BusRefused,
    BusUnavailable (after which nothing, or everything, may have been stored).
    """
    if not 1 <= len(writes) <= MAX_MESSAGES:
        raise ValueError(f"a batch has 1 to {MAX_MESSAGES} writes, not {len(writes)}")
    batch = uuid.uuid4().hex
    for number, (key, value) in enumerate(writes, 1):
        subject = bucket.subject(check_filter(key))
        headers = {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
        if number < len(writes):
            await bus.publish(subject, value, headers=headers)
    headers["Nats-Batch-Commit"] = "1"
    answer = await bus.request(subject, value, headers=headers, timeout=timeout)
    return acknowledged(answer, f"{bucket.name} (batch of {len(writes)})")
