"""Whether somebody else has a file open for writing."""

from __future__ import annotations

import fcntl
import signal
import time

_STEP = 0.004
_ELSEWHERE = signal.SIGURG
"""What the kernel sends when somebody opens the file in between; nobody minds this one."""


def written_by_others(descriptor: int) -> bool:
    """Tell whether another process has a file open for writing, of which this is a reader.

    False as well where it cannot be told: file systems without leases, files of others for a peel
    that is not root.
    """
    try:
        # Granted only while nobody writes. It is given back at once: who opens meanwhile waits.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, _ELSEWHERE)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def wait_for_writers(descriptor: int, seconds: float) -> bool:
    """Wait until nobody writes the file; False when somebody still has it open after that."""
    deadline = time.monotonic() + seconds
    while written_by_others(descriptor):
        if time.monotonic() > deadline:
            return False
        time.sleep(_STEP)
    return True
