"""``file.exists`` and ``file.missing``: what somebody else has to see to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from zester.errors import StateError
from zester_peel.engine.state import Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader, Stat
from zester_peel.states.file.place import PathName, ancestors, resource


class PresenceSpec(BaseModel):
    """Parameters of both."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: PathName


class Exists(State[PresenceSpec, Stat]):
    """Something is at this path; fails when not, and creates nothing."""

    function: ClassVar[str] = "file.exists"
    spec = PresenceSpec

    def requires(self, spec: PresenceSpec) -> Iterable[str]:
        return (resource(spec.name), *ancestors(spec.name))

    def watches(self, spec: PresenceSpec) -> Iterable[Watch]:
        return (Watch("path", spec.name, follow=True),)

    async def observe(self, host: HostReader, spec: PresenceSpec) -> Stat | None:
        return await host.stat(spec.name, follow=True)

    def plan(self, spec: PresenceSpec, observed: Stat | None) -> Plan:
        if observed is None:
            raise StateError(f"Specified path {spec.name} does not exist")
        return Plan(comment=f"Path {spec.name} exists")

    async def apply(self, host: Host, spec: PresenceSpec, plan: Plan) -> None:
        """Nothing: the plan is empty or there is none."""


class Missing(Exists):
    """Nothing is at this path; fails when there is, and removes nothing."""

    function: ClassVar[str] = "file.missing"

    def requires(self, spec: PresenceSpec) -> Iterable[str]:
        return ()

    def locks(self, spec: PresenceSpec) -> Iterable[str]:
        return (resource(spec.name),)

    def plan(self, spec: PresenceSpec, observed: Stat | None) -> Plan:
        if observed is not None:
            raise StateError(f"Specified path {spec.name} exists")
        return Plan(comment=f"Path {spec.name} is missing")
