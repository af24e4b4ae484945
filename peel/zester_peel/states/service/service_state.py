"""What every service state says about order, locks and drift."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict

from zester_peel.engine.backend import Backend
from zester_peel.engine.state import State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import HostReader
from zester_peel.states.service.service import Service, ServiceName
from zester_peel.states.service.services import BACKEND, Services, lock, places, watch


class NamedService(BaseModel):
    """What every service state is given."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: ServiceName


SpecT = TypeVar("SpecT", bound=NamedService)
ObservedT = TypeVar("ObservedT")


class ManagedState(State[SpecT, ObservedT]):
    """A state about one service; all of them share what they know of the machine."""

    backend: ClassVar[Backend | None] = BACKEND

    def __init__(self, services: Services) -> None:
        self._services = services

    def locks(self, spec: SpecT) -> Iterable[str]:
        return (lock(spec.name),)


class ServiceState(ManagedState[SpecT, Service]):
    """A state that looks at the service itself, and comes after what brings its file."""

    def requires(self, spec: SpecT) -> Iterable[str]:
        return places(spec.name)

    def watches(self, spec: SpecT) -> Iterable[Watch]:
        return (watch(spec.name),)

    async def observe(self, host: HostReader, spec: SpecT) -> Service:
        return await self._services.look(host, spec.name)
