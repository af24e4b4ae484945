"""Append to a stream, and read the newest message of a subject."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import aclosing

from zester.bus.buckets import Stream
from zester.bus.link.connection import REQUEST_TIMEOUT, Bus
from zester.bus.records import acknowledged
from zester.dataclass import dataclass
from zester.errors import BusRefused

READ_BATCH = 500


@dataclass(frozen=True, slots=True)
class Event:
    """One stored message and its place in the stream."""

    subject: str
    data: bytes
    sequence: int


async def last_event(bus: Bus, stream: Stream, subject: str) -> Event | None:
    """Return the newest message of a subject, None when there is none; raises BusUnavailable."""
    answer = await bus.request(
        f"$JS.API.DIRECT.GET.{stream.name}.{subject}", timeout=REQUEST_TIMEOUT
    )
    if answer.status == 404:
        return None
    if answer.status is not None:
        text = answer.headers.get("Description", "")
        raise BusRefused(f"{stream.name}: server answered {answer.status} {text}".strip())
    return Event(answer.headers["Nats-Subject"], answer.data, int(answer.headers["Nats-Sequence"]))


async def tell_event(bus: Bus, subject: str, data: bytes, *, identity: str) -> None:
    """Append an event; one with the same identity shortly after is the same event.

    Raises BusUnavailable, BusRefused.
    """
    answer = await bus.request(subject, data, headers={"Nats-Msg-Id": identity})
    acknowledged(answer, subject)


async def append_event(
    bus: Bus, subject: str, data: bytes, *, after: int, timeout: float = REQUEST_TIMEOUT
) -> int:
    """Append if the subject's newest message still is sequence ``after`` (0 = none).

    Returns the new sequence. Raises RevisionConflict, BusUnavailable, BusRefused.
    """
    headers = {"Nats-Expected-Last-Subject-Sequence": str(after)}
    answer = await bus.request(subject, data, headers=headers, timeout=timeout)
    return acknowledged(answer, subject)


async def read_events(
    bus: Bus, stream: Stream, subject: str, *, after: int = 0, since: float = 0.0
) -> AsyncIterator[Event]:
    """Yield every kept message of the subjects that a pattern means, oldest first.

    Only those after a sequence, or since a time in Unix seconds. Raises BusUnavailable, BusRefused.
    """
    sequence, more = after + 1, True
    start: dict[str, object] = {"start_time": _stamp(since)} if since else {"seq": sequence}
    while more:
        more = False
        body = {"next_by_subj": subject, "batch": READ_BATCH, **start}
        asked = f"$JS.API.DIRECT.GET.{stream.name}"
        async with aclosing(bus.stream(asked, json.dumps(body).encode())) as answers:
            async for answer in answers:
                if answer.status in (204, 404):
                    break
                if answer.status is not None:
                    text = answer.headers.get("Description", "")
                    raise BusRefused(f"{stream.name}: server answered {answer.status} {text}")
                sequence = int(answer.headers["Nats-Sequence"]) + 1
                start = {"seq": sequence}
                more = int(answer.headers.get("Nats-Num-Pending", "0")) > 0
                yield Event(answer.headers["Nats-Subject"], answer.data, sequence - 1)


def _stamp(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
