"""What would reveal that a state has drifted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

WatchKind = Literal["path"]


@dataclass(frozen=True, slots=True)
class Watch:
    """One thing a sensor can look at; ``path`` targets are absolute paths as states name them.

    ``follow`` = when a link is there, what it leads to matters as well.
    """

    kind: WatchKind
    target: str
    follow: bool = False
