"""Which machine an identity was made on: a copy of its folder on another one is refused.

File ``machine`` beside the key: a digest of ``/etc/machine-id``, which nobody can compare with that
of another peel. Machines without an id that lasts are not told apart.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from contextlib import suppress
from pathlib import Path

from zester.errors import SettingsError
from zester.trust.disk.private_file import read_private, write_private
from zester_peel.agent.identity.identity import Identity

MACHINE_ID = Path("/etc/machine-id")
MARK = "machine"
_SHORTEST = 32


def bind(identity: Identity, *, moved: bool = False, source: Path = MACHINE_ID) -> None:
    """Note where an identity lives when that is not known yet, or it was ``moved`` on purpose.

    Raises SettingsError when it was noted on another machine, or cannot be noted.
    """
    present = _mark(source, identity.key.public)
    if present is None:
        return
    path = identity.folder / MARK
    noted = read_private(path).decode("ascii", "replace").strip() if path.exists() else ""
    if noted == present:
        return
    if noted and not moved:
        raise SettingsError(
            f"the identity in {identity.folder} was made on another machine: {source} is not the "
            "one that it was made with",
            hint=f"a copy of {identity.id} (a cloned disk or image): move {identity.folder} away "
            f"and run `zester-peel enroll`; the same machine with a new {source.name}, or the only "
            "one that has the identity now: `zester-peel enroll --moved`",
        )
    # A full disk keeps no peel from its work: it is noted at another start.
    with suppress(OSError):
        write_private(path, present + "\n")


def _mark(source: Path, key: str) -> str | None:
    """Return the digest of this machine's id, None when there is none that lasts."""
    try:
        if os.path.ismount(source):  # made at each boot, over a file system that is read-only
            return None
        text = source.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    if len(text) < _SHORTEST:
        return None  # empty, or "uninitialized"
    return hmac.new(f"zester-peel {key}".encode(), text.encode(), hashlib.sha256).hexdigest()[:32]
