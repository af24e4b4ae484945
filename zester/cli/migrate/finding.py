"""What is to be said about a file."""

from __future__ import annotations

from typing import Literal

from zester.dataclass import dataclass

Severity = Literal["note", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark; ``line`` counts from 1 and is that of the file as it was, None for all of it."""

    severity: Severity
    rule: str
    line: int | None
    message: str
    hint: str | None = None
