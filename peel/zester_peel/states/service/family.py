"""The service states, which share what they know of the machine."""

from __future__ import annotations

from typing import Any

from zester_peel.engine.state import State
from zester_peel.states.service.boot import Disabled, Enabled
from zester_peel.states.service.dead import Dead
from zester_peel.states.service.mask import Masked, Unmasked
from zester_peel.states.service.running import Running
from zester_peel.states.service.services import Services


def service_states() -> tuple[State[Any, Any], ...]:
    """Return one of each."""
    services = Services()
    return (
        Dead(services),
        Disabled(services),
        Enabled(services),
        Masked(services),
        Running(services),
        Unmasked(services),
    )
