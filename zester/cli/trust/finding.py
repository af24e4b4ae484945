"""One thing that ``zester trust lint`` has to say."""

from __future__ import annotations

from typing import Literal

from zester.dataclass import dataclass

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """``rule`` is its short name, ``place`` a file or a server, ``hint`` the way out."""

    severity: Severity
    rule: str
    place: str
    message: str
    hint: str = ""
