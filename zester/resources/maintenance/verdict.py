"""Whether changes may be made now."""

from __future__ import annotations

import time
from typing import Literal

from zester.dataclass import dataclass

Kind = Literal["enforce", "observe", "suspended"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """``enforce``: changes are made; ``observe``: they are told; ``suspended``: nobody looks.

    ``reason`` and ``message`` say why not, as conditions do. ``changes_at`` is when the verdict
    may be another by itself, in Unix seconds.
    """

    kind: Kind
    reason: str = ""
    message: str = ""
    changes_at: float | None = None


ENFORCE = Verdict("enforce")


def stamp(moment: float) -> str:
    """Return a time as ``2026-01-31 12:00:00Z``."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(moment))
    except (OverflowError, OSError, ValueError):
        return "?"
