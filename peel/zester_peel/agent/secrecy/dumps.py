"""No image of this process's memory on disk: it holds what settings say."""

from __future__ import annotations

import ctypes
import logging
import os

_PR_SET_DUMPABLE = 4

log = logging.getLogger(__name__)


def refuse_dumps() -> None:
    """Let nobody but root look into this process, and no crash write it to disk.

    It holds for this process alone: commands that states start dump as the system says, because
    the kernel makes every program dumpable again when it is started. The limit of the size of
    core files, which they would inherit, is left alone; the kernel asks for both.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        why = os.strerror(ctypes.get_errno())
        log.warning("a crash may write secrets to disk", extra={"error": why})
