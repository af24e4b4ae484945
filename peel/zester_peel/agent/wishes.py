"""Turn a desired state into a wish: compile for this node, build the program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import anyio

from zester.compiler.compile import Compiled, compile_node
from zester.compiler.memory import CompileMemory
from zester.compiler.roots import find_roots
from zester.compiler.template_renderer import TemplateRenderer
from zester.resources.manifest import FileEntry
from zester.targeting.node import NodeView
from zester.templating.cache.code_store import CodeStore
from zester.templating.cache.library import Library
from zester.templating.recorded import RecordedFiles, touches
from zester.trees.cache import BlobCache
from zester.trees.diff import diff_trees
from zester_peel.agent.cached_files import CachedFiles
from zester_peel.agent.converger import Wish
from zester_peel.agent.desired import Desired
from zester_peel.agent.kept.tree_options import read_tree_options
from zester_peel.agent.machine.machine import Machine
from zester_peel.agent.offers import offers
from zester_peel.agent.sources import FetchBlobs, TreeSources
from zester_peel.engine.converge import Engine
from zester_peel.engine.program import Registry
from zester_peel.engine.run.belongings import Belongings
from zester_peel.engine.run.debts import Debts
from zester_peel.host.protocol import Host

LIBRARY_CAPACITY = 96 * 1024
"""Characters of templates and of documents kept compiled; a character costs some 10 bytes."""


class WishCompiler:
    """Compiles for one node and remembers what it read, so that it knows when to do it again."""

    def __init__(
        self,
        env: str,
        host: Host,
        registry: Registry,
        cache: BlobCache,
        *,
        fetch_blobs: FetchBlobs,
        concurrency: int,
        debts: Debts,
        belongings: Belongings,
        failhard: bool,
    ) -> None:
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
        self._files: Mapping[str, FileEntry] | None = None
        self._facts: Mapping[str, Any] = {}
        self._facts_read: frozenset[str] | None = None
        self._library = Library(LIBRARY_CAPACITY, CodeStore(cache.folder.parent / "templates"))
        self._memory = CompileMemory(low_states=0)  # ``stale`` tells when to compile again
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
        if self._facts_read is None:
            return True
        pairs = ((facts.get(name), self._facts.get(name)) for name in self._facts_read)
        return any(new != old for new, old in pairs)

    def touched_by(self, paths: Iterable[str]) -> bool:
        """Whether a change of these paths may change what this node has to be."""
        return any(touches(self.reads, path) for path in paths)

    async def compile(self, desired: Desired, machine: Machine) -> Wish:
        """Compile in a thread, so that drift is still seen meanwhile.

        Raises SourceError (with file and line), BlobUnavailable.
        """
        files = CachedFiles(desired.files, self._cache)
        view = NodeView(id=machine.node, facts=machine.facts)
        recorded = RecordedFiles(files)
        options = read_tree_options(recorded)
        roots = find_roots(recorded)
        library, providers = self._library, offers()

        def work() -> Compiled:
            return compile_node(
                files,
                view,
                env=self._env,
                roots=roots,
                library=library,
                providers=providers,
                memory=self._memory,
            )

        compiled = await anyio.to_thread.run_sync(work)
        sources = TreeSources(
            desired.files,
            self._cache,
            root=roots.states,
            renderer=TemplateRenderer(
                files,
                view,
                settings=compiled.settings,
                env=self._env,
                roots=roots,
                library=library,
                providers=providers,
            ),
            fetch_blobs=self._fetch_blobs,
        )
        engine = Engine(
            self._host,
            self._registry,
            sources,
            concurrency=self._concurrency,
            functions=providers.machine,
            debts=self._debts,
            belongings=self._belongings if options.prune else None,
            failhard=self._failhard,
        )
        program = engine.program(compiled.chunks)
        self._files, self._facts, self._sources = desired.files, machine.facts, sources
        self._facts_read = compiled.facts
        # Where the roots are depends on which folders there are.
        self.reads = compiled.reads | recorded.reads
        return Wish(program, engine, desired.revisions, program.watches(), options)

    def read_sources(self) -> None:
        """Add what states asked of the tree while they ran to what was read."""
        if self._sources is not None:
            self.reads |= self._sources.reads
            facts = self._sources.facts
            if facts is None or self._facts_read is None:
                self._facts_read = None
            else:
                self._facts_read |= facts
