"""The states of mounts."""

from __future__ import annotations

from typing import Any

from zester_peel.engine.state import State
from zester_peel.states.mount.fstab_entry import FstabAbsent, FstabPresent
from zester_peel.states.mount.mounted import Mounted
from zester_peel.states.mount.swap import Swap
from zester_peel.states.mount.unmounted import Unmounted


def mount_states() -> tuple[State[Any, Any], ...]:
    """Return every ``mount`` state."""
    return (FstabAbsent(), FstabPresent(), Mounted(), Swap(), Unmounted())
