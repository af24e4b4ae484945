"""What execution functions may use of this peel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from zester.dataclass import dataclass
from zester.targeting.node import NodeView
from zester_peel.agent.machine.machine import Machine
from zester_peel.host.protocol import Host
from zester_peel.modules.calling.call import OwnFacts, RunningJobs, States


@dataclass(frozen=True, slots=True)
class PeelSurroundings:
    """This peel. ``labels`` are what the master says of it, ``look`` compiles its settings."""

    machine: Machine
    host: Host
    own_facts: OwnFacts
    jobs: RunningJobs
    labels: Callable[[], Mapping[str, str]]
    states: States
    look: Callable[[NodeView], Awaitable[NodeView]]

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.machine.facts

    async def quick_view(self) -> NodeView:
        return self.machine.view(self.labels())

    async def view(self) -> NodeView:
        return await self.look(await self.quick_view())
