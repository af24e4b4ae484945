"""How far the time stamps of a file system can be trusted to tell two changes apart.

Before Linux 6.13 a change carries the time of the last timer tick, so two changes within some
milliseconds can look alike. Since then some file systems give a change that follows a look a time
of its own: there no change hides behind a signature.

Source: Documentation/filesystems/multigrain-ts.rst of the Linux kernel.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path

MULTIGRAIN_SINCE = (6, 13)
MULTIGRAIN_TYPES = frozenset({"btrfs", "ext4", "tmpfs", "xfs"})


@lru_cache(maxsize=64)
def fine_grained(device: int) -> bool:
    """Return whether a device (``st_dev``) tells any two changes apart that a look lies between."""
    return _kernel() >= MULTIGRAIN_SINCE and _type_of(device) in MULTIGRAIN_TYPES


def _kernel() -> tuple[int, ...]:
    found = re.match(r"(\d+)\.(\d+)", os.uname().release)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _type_of(device: int) -> str:
    """The file system type from mountinfo; empty when the device is not listed (sub-volumes)."""
    wanted = f"{os.major(device)}:{os.minor(device)}"
    try:
        lines = Path("/proc/self/mountinfo").read_text(errors="replace").splitlines()
    except OSError:
        return ""
    for line in lines:
        before, _, after = line.partition(" - ")
        if before.split()[2] == wanted:
            return after.split()[0]
    return ""
