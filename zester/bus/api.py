"""JetStream's answers to requests: JSON with a result or an error."""

from __future__ import annotations

import json
from typing import Any

from zester.bus.link.connection import Bus
from zester.bus.link.message import Message
from zester.errors import BusRefused, BusUnavailable, ZesterError


async def call_api(
    bus: Bus, operation: str, body: dict[str, Any] | None = None, *, timeout: float
) -> dict[str, Any]:
    """Ask JetStream and return its answer, which may hold an ``error``; raises BusUnavailable."""
    data = json.dumps(body).encode() if body is not None else b""
    return parse_answer(await bus.request(f"$JS.API.{operation}", data, timeout=timeout), operation)


def parse_answer(answer: Message, what: str) -> dict[str, Any]:
    """Return the JSON of an answer; raises BusRefused when it is none."""
    try:
        body = json.loads(answer.data)
    except ValueError as error:
        raise BusRefused(f"{what}: the answer is not JSON") from error
    if not isinstance(body, dict):
        raise BusRefused(f"{what}: the answer is not a JSON object")
    return body


def error_code(body: dict[str, Any]) -> int:
    """Return JetStream's own number for why it refused, 0 when it did not."""
    return int(body.get("error", {}).get("err_code", 0))


def raise_refusal(body: dict[str, Any], what: str) -> None:
    """Raise BusUnavailable (not ready yet) or BusRefused when the answer holds an error."""
    error: dict[str, Any] | None = body.get("error")
    if error is None:
        return
    text = f"{what}: {error.get('description', 'refused')}"
    raised: type[ZesterError] = BusUnavailable if error.get("code") == 503 else BusRefused
    raise raised(text)
