"""Make what a function gives back fit for JSON, and small enough for one message."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

from zester.resources.jobs.job_return import LargeValue

INLINE = 48 * 1024
"""Bytes of JSON that a return carries itself."""

PART = 512 * 1024
MOST = 16 * 1024 * 1024
"""Bytes of JSON that are kept of a value; more is an error of the job."""

HEAD, TAIL = 6 * 1024, 2 * 1024
"""Characters of a preview from both ends."""

_DEPTH = 100


def plain(value: Any, depth: int = 0) -> Any:  # noqa: ANN401 - any value of a function
    """Return a value as JSON knows it; what JSON does not know becomes text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return str(value).encode("utf-8", "replace").decode()
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode("utf-8", "replace")
    if depth >= _DEPTH:
        return "…"
    if isinstance(value, Mapping):
        return {str(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [plain(item, depth + 1) for item in items]
    return str(value)


def split(value: Any) -> tuple[Any, LargeValue | None, list[bytes]]:  # noqa: ANN401 - any JSON
    """Return the value or its preview, and for a large one what to keep elsewhere, in parts."""
    if value is None or isinstance(value, bool | int | float):
        return value, None, []
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    if len(data) <= INLINE:
        return value, None, []
    parts = [data[start : start + PART] for start in range(0, len(data), PART)]
    large = LargeValue(digest=hashlib.sha256(data).hexdigest(), size=len(data), parts=len(parts))
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
    left_out = len(text) - HEAD - TAIL
    return f"{text[:HEAD]}\n… {left_out} characters left out …\n{text[-TAIL:]}", large, parts
