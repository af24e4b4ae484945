"""What execution functions may use where no agent runs them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zester.targeting.node import NodeView
from zester.telemetry.redaction.vault import Vault
from zester_peel.host.linux import LinuxHost
from zester_peel.modules.calling.call import OwnFacts, RunningJob, RunningJobs

if TYPE_CHECKING:  # most functions have no use for the compiler
    from zester.resources.files import Files
    from zester_peel.agent.machine.machine import Machine
    from zester_peel.main.calling.states import LocalStates


class NoJobs:
    """Nothing else runs here."""

    def running(self) -> tuple[RunningJob, ...]:
        return ()

    def kill(self, jid: str) -> bool:
        return False


class LocalSurroundings:
    """This machine; facts are collected and a tree is compiled when a function asks for it.

    ``files`` finds the tree, with what is wrong when there is none.
    """

    def __init__(
        self,
        node: str,
        env: str,
        root: Path,
        *,
        files: Callable[[], Files],
        settings: Path | None,
        vault: Vault,
    ) -> None:
        self.host = LinuxHost(root)
        self.jobs: RunningJobs = NoJobs()
        self._node = node
        self._env = env
        self._files = files
        self._settings = settings
        self._vault = vault

    @functools.cached_property
    def machine(self) -> Machine:
        from zester_peel.agent.machine.machine import Machine

        return Machine(self._node, self.host.root)

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.machine.facts

    @functools.cached_property
    def own_facts(self) -> OwnFacts:
        from zester_peel.agent.machine.own_facts import StoredFacts

        return StoredFacts(self.machine, self.host, self.machine.refresh, self.ask_programs)

    async def ask_programs(self) -> None:
        """Collect the facts anew when programs tell any."""
        from zester_peel.facts.collect import source_below
        from zester_peel.facts.custom.files import programs

        source = source_below(self._node, self.host.root)
        if programs(source):
            from zester_peel.facts.custom.programs import program_facts

            self.machine.added = await program_facts(source, self.host)
            self.machine.refresh()

    @functools.cached_property
    def states(self) -> LocalStates:
        from zester_peel.main.calling.states import LocalStates
        from zester_peel.main.local import Asked

        asked = Asked(self._env, self._node, self._settings, None)
        return LocalStates(self._files(), asked, self.host, self.facts, self._vault)

    async def quick_view(self) -> NodeView:
        return NodeView(self._node, self.facts)

    async def view(self) -> NodeView:
        return replace(await self.quick_view(), settings=self.states.settings())
