"""The repository states."""

from __future__ import annotations

from typing import Any

from zester_peel.engine.state import State
from zester_peel.states.pkg.family import package_states
from zester_peel.states.pkg.manager import Manager
from zester_peel.states.pkgrepo.absent import Absent
from zester_peel.states.pkgrepo.managed import Managed


def repository_states(manager: Manager) -> tuple[State[Any, Any], ...]:
    """Return every ``pkgrepo`` state."""
    return (Managed(manager), Absent(manager))


def packaging_states() -> tuple[State[Any, Any], ...]:
    """Return every ``pkg`` and ``pkgrepo`` state; they share one package manager."""
    manager = Manager()
    return (*package_states(manager), *repository_states(manager))
