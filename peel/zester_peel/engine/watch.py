"""What would reveal that a state has drifted."""

from __future__ import annotations

from typing import Literal

from zester.dataclass import dataclass

NAMES = "/."
"""The end of a ``path`` target that stands for the names in a folder."""

WatchKind = Literal["path", "unit", "mounts", "value"]


@dataclass(frozen=True, slots=True)
class Watch:
    """One thing a sensor can look at.

    ``path`` targets are absolute paths as states name them, ``unit`` targets names of systemd
    units (``nginx.service``); the one ``mounts`` target is ``/proc/mounts``. ``value`` targets are
    small files whose content changes without notice (``/proc/sys/net/ipv4/ip_forward``).
    A ``path`` that ends in ``/.`` stands for the names in a folder: which there are.
    ``follow`` = when a link is there, what it leads to matters as well.
    """

    kind: WatchKind
    target: str
    follow: bool = False
