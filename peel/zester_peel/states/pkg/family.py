"""The package states, with the one manager they share."""

from __future__ import annotations

from typing import Any

from zester_peel.engine.state import State
from zester_peel.states.pkg.held import Held, Unheld
from zester_peel.states.pkg.install.installed import Installed
from zester_peel.states.pkg.install.latest import Latest
from zester_peel.states.pkg.manager import Manager
from zester_peel.states.pkg.removed import Purged, Removed
from zester_peel.states.pkg.uptodate import Uptodate


def package_states(manager: Manager) -> tuple[State[Any, Any], ...]:
    """Return every ``pkg`` state."""
    return (
        Installed(manager),
        Latest(manager),
        Removed(manager),
        Purged(manager),
        Held(manager),
        Unheld(manager),
        Uptodate(manager),
    )
