"""What manages the services of a machine."""

from __future__ import annotations

from typing import Literal, Protocol

from zester.dataclass import dataclass
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.service.service import Service

Verb = Literal["start", "stop", "restart", "reload", "force-reload"]

PATIENCE = 300.0
"""Seconds a service gets to start or stop where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How to act: ``no_block`` = do not wait until it is done, ``timeout`` in seconds."""

    no_block: bool = False
    timeout: float = PATIENCE


class Manager(Protocol):
    """One kind of service manager. Every method raises HostError or CommandTimeout.

    Where a method acts, StateError says that the manager refused, and why.
    """

    title: str

    async def look(self, host: HostReader, name: str, sig: str | None = None) -> Service:
        """Return what a service is now; ``sig`` is a part of its process's command line."""
        ...

    async def names(self, host: HostReader) -> tuple[str, ...]:
        """Return the services there are, for those who mistype one."""
        ...

    async def reread(self, host: Host) -> None:
        """Make the manager look at its files again."""
        ...

    async def act(self, host: Host, service: Service, verb: Verb, manner: Manner) -> None:
        """Start it, stop it, and so on."""
        ...

    async def enable(self, host: Host, service: Service) -> None:
        """Have it started at boot."""
        ...

    async def disable(self, host: Host, service: Service) -> None:
        """Have it not started at boot."""
        ...

    async def mask(self, host: Host, name: str, *, runtime: bool) -> None:
        """Make it impossible to start; ``runtime`` = until the next boot."""
        ...

    async def unmask(self, host: Host, name: str, *, runtime: bool) -> None:
        """Make it possible again."""
        ...
