"""Turn a desired state into a wish: compile for this node, build the program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zester.compiler.lowstate import LowChunk
from zester.compiler.secrecy.mask import masked
from zester.errors import CompanionLost
from zester.resources.manifest import FileEntry
from zester.targeting.node import NodeView
from zester.telemetry.redaction.vault import Vault
from zester.templating.recorded import touches
from zester.trees.cache import BlobCache
from zester.trees.diff import diff_trees
from zester_peel.agent.belief.grants import HeldGrants
from zester_peel.agent.desired import Desired
from zester_peel.agent.kept.belongings import AskedBelongings
from zester_peel.agent.kept.origins import Origins
from zester_peel.agent.machine.machine import Machine
from zester_peel.agent.offers import offers
from zester_peel.agent.secrecy.disclosure import SettingsDisclosure
from zester_peel.agent.secrecy.twin import Twin
from zester_peel.agent.sources import FetchBlobs, TreeSources
from zester_peel.agent.upkeep.held import Held
from zester_peel.agent.upkeep.wish import Wish
from zester_peel.agent.workshop.orders import Compile, Made, Pair, Paired, Tree
from zester_peel.agent.workshop.renderer import WorkshopRenderer
from zester_peel.agent.workshop.workshop import Workshop
from zester_peel.engine.converge import Engine
from zester_peel.engine.known import Known
from zester_peel.engine.program import Registry
from zester_peel.engine.run.belongings import Belongings
from zester_peel.engine.run.debts import Debts
from zester_peel.engine.run.slots import Slots
from zester_peel.host.protocol import Host


class WishCompiler:
    """Compiles for one node and remembers what it read, so that it knows when to do it again."""

    def __init__(
        self,
        env: str,
        host: Host,
        registry: Registry,
        cache: BlobCache,
        workshop: Workshop,
        *,
        fetch_blobs: FetchBlobs,
        concurrency: int,
        debts: Debts,
        belongings: Belongings,
        failhard: bool,
        grants: HeldGrants,
        vault: Vault,
        name_key: bytes,
        slots: Slots,
    ) -> None:
        self._slots = slots
        self.reads: frozenset[str] = frozenset()
        self._env = env
        self._host = host
        self._registry = registry
        self._cache = cache
        self._fetch_blobs = fetch_blobs
        self._concurrency = concurrency
        self._debts = debts
        self._belongings = belongings
        self._failhard = failhard
        self._grants = grants
        self._vault = vault
        self._name_key = name_key
        self._disclosure: SettingsDisclosure | None = None
        self._held: Held | None = None
        self._files: Mapping[str, FileEntry] | None = None
        self._facts: Mapping[str, Any] = {}
        self._facts_read: frozenset[str] | None = None
        self._workshop = workshop
        self._sources: TreeSources | None = None

    def stale(self, files: Mapping[str, FileEntry], facts: Mapping[str, Any]) -> bool:
        """Whether any path or fact that was read differs from what was compiled."""
        old = self._files
        if old is None or self._differ(facts):
            return True
        return old is not files and self.touched_by(diff_trees(old, files).paths)

    def _differ(self, facts: Mapping[str, Any]) -> bool:
        if facts is self._facts:
            return False
        # Top files ask for labels without reading a fact.
        if self._facts_read is None or facts.get("labels") != self._facts.get("labels"):
            return True
        pairs = ((facts.get(name), self._facts.get(name)) for name in self._facts_read)
        return any(new != old for new, old in pairs)

    def touched_by(self, paths: Iterable[str]) -> bool:
        """Whether a change of these paths may change what this node has to be."""
        return any(touches(self.reads, path) for path in paths)

    async def compile(self, desired: Desired, machine: Machine) -> Wish:
        """Compile in the workshop, so that drift is still seen meanwhile.

        Raises SourceError (with file and line), BlobUnavailable, CommandTimeout, CompanionLost.
        """
        held = self._held
        tree, made = await self.made(desired, machine, held=held.mark if held else "")
        sources = self._sources_of(desired, made, WorkshopRenderer(self._workshop, tree, made))
        left_out = held is not None and held.mark == made.mark
        stands = held is not None and left_out and held.stands(made, sources)
        if left_out and not stands:
            tree, made = await self.made(desired, machine)
            sources = self._sources_of(desired, made, WorkshopRenderer(self._workshop, tree, made))
        self._vault.hold(made.secrets)
        disclosure = self._disclosed(desired, tree, made, sources, None)
        engine = Engine(
            self._host,
            self._registry,
            sources,
            concurrency=self._concurrency,
            functions=offers().machine,
            debts=self._debts,
            belongings=self._belongings
            if made.options.prune
            else AskedBelongings(self._belongings),
            failhard=self._failhard,
            disclosure=disclosure,
            slots=self._slots,
        )
        if held is not None and stands:
            disclosure.follow(held.disclosure)
            engine.accept(held.program)
            program, watches = held.program, held.watches()
        else:
            known = None if held is None else Known(held.program, sources)
            program = engine.program(made.chunks, known)
            watches = program.watches()
        hidden = made.secrets | made.derived
        self._held = Held(made.mark, program, disclosure, hidden, watches)
        self._files, self._facts, self._sources = desired.files, machine.facts, sources
        self._facts_read, self.reads, self._disclosure = made.facts, made.reads, disclosure
        origins = Origins.of(desired.files)
        return Wish(program, engine, desired.revisions, watches, made.options, origins)

    async def made(
        self,
        desired: Desired,
        machine: Machine,
        *,
        sls: tuple[str, ...] | None = None,
        over: Mapping[str, Any] | None = None,
        held: str = "",
    ) -> tuple[Tree, Made]:
        """Have a tree compiled, for a command only the named state files; raises as ``compile``."""
        view = NodeView(id=machine.node, facts=machine.facts, labels=machine.labels)
        tree = Tree(
            self._env,
            view,
            desired.blobs,
            str(self._cache.folder),
            desired.sealed,
            self._grants.keys,
            desired.wishes,
        )
        made = await self._workshop.ask(Compile(tree, sls, over, held))
        if not isinstance(made, Made):
            raise CompanionLost("the workshop did not compile the tree")
        self._vault.add(made.secrets | made.derived)
        return tree, made

    def engine_for(self, desired: Desired, tree: Tree, made: Made) -> Engine:
        """Return an engine for what a command asked for; it owes nothing to later runs.

        What did not change or fail in its runs is ``concealed`` by whoever shows it.
        """
        sources = self._sources_of(desired, made, WorkshopRenderer(self._workshop, tree, made))
        return Engine(
            self._host,
            self._registry,
            sources,
            concurrency=self._concurrency,
            functions=offers().machine,
            failhard=self._failhard,
            disclosure=self._disclosed(desired, tree, made, sources, made.sls),
            slots=self._slots,
        )

    def _disclosed(
        self,
        desired: Desired,
        tree: Tree,
        made: Made,
        real: TreeSources,
        sls: tuple[str, ...] | None,
    ) -> SettingsDisclosure:
        """Return what decides what may be shown; nothing is made for that before it is."""
        self._vault.add(made.derived)
        if not made.secrets:
            return SettingsDisclosure(self._vault, self._name_key)

        async def pairs() -> tuple[tuple[LowChunk, LowChunk | None], ...]:
            order = Pair(tree, made.settings, made.roots, made.secrets, sls)
            answer = await self._workshop.ask(order)
            return answer.pairs if isinstance(answer, Paired) else ()

        def mask() -> TreeSources:
            other = masked(made.settings, made.secrets)
            renderer = WorkshopRenderer(self._workshop, tree, made, masked=other)
            return self._sources_of(desired, made, renderer)

        twin = Twin(pairs, lambda: real, mask, self._registry)
        return SettingsDisclosure(self._vault, self._name_key, twin)

    def _sources_of(self, desired: Desired, made: Made, renderer: WorkshopRenderer) -> TreeSources:
        return TreeSources(
            desired.files,
            self._cache,
            root=made.roots.states,
            renderer=renderer,
            fetch_blobs=self._fetch_blobs,
        )

    def rest(self) -> None:
        """Let go of what only a run needs."""
        self._vault.rest()
        if self._disclosure is not None:
            self._disclosure.rest()

    def read_sources(self) -> None:
        """Add what states asked of the tree while they ran to what was read."""
        if self._sources is not None:
            self.reads |= self._sources.reads
            facts = self._sources.facts
            if facts is None or self._facts_read is None:
                self._facts_read = None
            else:
                self._facts_read |= facts
