"""What every package state says about order, locks and drift."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from zester_peel.engine.backend import Backend
from zester_peel.engine.state import State
from zester_peel.engine.watch import Watch
from zester_peel.states.pkg.manager import DATABASES, LOCK, ORIGINS, Manager
from zester_peel.states.pkg.parameters import NamedPackages
from zester_peel.states.pkg.providers.choice import BACKEND

SpecT = TypeVar("SpecT", bound=NamedPackages)
ObservedT = TypeVar("ObservedT")

_WATCHES = tuple(Watch("path", place) for place in DATABASES)


class PackageState(State[SpecT, ObservedT]):
    """A state about packages; all of them share one manager."""

    backend: ClassVar[Backend | None] = BACKEND

    def __init__(self, manager: Manager) -> None:
        self._manager = manager

    def requires(self, spec: SpecT) -> Iterable[str]:
        return ORIGINS

    def locks(self, spec: SpecT) -> Iterable[str]:
        return (LOCK,)

    def watches(self, spec: SpecT) -> Iterable[Watch]:
        return _WATCHES


def resources(spec: NamedPackages) -> Iterable[str]:
    """Return the packages as resources other states may name."""
    return (f"package:{name}" for name, _ in spec.wanted())
