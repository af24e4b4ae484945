"""The desired state, as functions ask for it where no agent is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from zester.compiler.lowstate import LowChunk
from zester.compiler.template_renderer import TemplateRenderer
from zester.dataclass import dataclass
from zester.resources.files import Files
from zester.telemetry.redaction.vault import Vault
from zester.trees.folder import FolderFiles
from zester_peel.agent.jobs.states import single_chunk
from zester_peel.agent.sources import FolderSources
from zester_peel.engine.content import Sources
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause, RunResult
from zester_peel.host.protocol import Host
from zester_peel.main.calling.sources import HeldSources
from zester_peel.main.local import Asked, Local, compile_local
from zester_peel.modules.calling.call import CompiledStates
from zester_peel.states.registry import REGISTRY


@dataclass(frozen=True, slots=True)
class LocalStates:
    """Compiles and runs here and now; what may not be shown is added to ``vault``."""

    files: Files
    asked: Asked
    host: Host
    facts: Mapping[str, Any]
    vault: Vault

    async def compiled(
        self, sls: Sequence[str] | None, over: Mapping[str, Any] | None = None
    ) -> CompiledStates:
        local = self._compile(sls, over)
        local.prepare()
        return CompiledStates(local.compiled.chunks, local.compiled.sls)

    def settings(self) -> Mapping[str, Any]:
        """Return what the tree gives this node; raises SourceError."""
        return self._compile((), None).compiled.settings

    async def apply(
        self,
        sls: Sequence[str] | None,
        *,
        test: bool,
        over: Mapping[str, Any] | None = None,
        force: bool = False,
    ) -> RunResult:
        local = self._compile(sls, over)
        return await self._run(local, local.compiled.chunks, test=test)

    async def single(
        self,
        function: str,
        name: str,
        args: Mapping[str, Any],
        *,
        test: bool,
        force: bool = False,
    ) -> RunResult:
        chunk = single_chunk(function, name, args, self.asked.env)
        return await self._run(self._compile((), None), [chunk], test=test)

    def _compile(self, sls: Sequence[str] | None, over: Mapping[str, Any] | None) -> Local:
        asked = replace(self.asked, sls=None if sls is None else tuple(sls))
        return compile_local(self.files, asked, self.facts, self.vault, self._sources, over=over)

    def _sources(self, root: str, renderer: TemplateRenderer) -> Sources:
        if isinstance(self.files, FolderFiles):
            return FolderSources(self.files, root=root, renderer=renderer)
        return HeldSources(self.files, root, renderer)

    async def _run(self, local: Local, chunks: Sequence[LowChunk], *, test: bool) -> RunResult:
        engine = Engine(
            self.host,
            REGISTRY,
            local.sources(),
            functions=local.functions,
            disclosure=local.disclosure,
        )
        result = await engine.run(engine.program(chunks), cause=Cause.COMMAND, test=test)
        local.prepare()
        return result.concealed(local.disclosure.hide)
