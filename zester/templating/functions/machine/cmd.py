"""``cmd.has_exec`` and relatives: the search path."""

from __future__ import annotations

import shutil
from collections.abc import Iterable


def which(cmd: str) -> str | None:
    """Return where a command is, None when it is nowhere."""
    return shutil.which(cmd) if cmd else None


def which_bin(cmds: Iterable[str]) -> str | None:
    """Return where the first command that exists is."""
    return next(filter(None, map(which, cmds)), None)


def has_exec(cmd: str) -> bool:
    return which(cmd) is not None
