"""What is done in the workshop; whoever imports this has all of Jinja and YAML in memory."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from zester.compiler.assigned.nodegroups import with_groups
from zester.compiler.compile import compile_node
from zester.compiler.lowstate import LowChunk
from zester.compiler.memory import CompileMemory
from zester.compiler.options import DEFAULT
from zester.compiler.roots import Roots, find_roots
from zester.compiler.settings.merge import merge_settings
from zester.compiler.template_renderer import TemplateRenderer
from zester.compiler.tree_options import read_tree_options
from zester.errors import SourceError
from zester.resources.files import Files
from zester.telemetry.redaction.vault import Vault
from zester.templating.cache.code_store import CodeStore
from zester.templating.cache.library import Library
from zester.templating.providers import Providers
from zester.templating.recorded import RecordedFiles
from zester.trees.cache import BlobCache
from zester_peel.agent.offers import offers
from zester_peel.agent.secrecy.clear import Clear
from zester_peel.agent.secrecy.inquiry import Inquiry, Recompile, looking, pairs
from zester_peel.agent.workshop.orders import (
    Answer,
    Compile,
    Made,
    Order,
    Pair,
    Paired,
    Render,
    Rendered,
    Session,
    Tree,
    UnknownSession,
)
from zester_peel.agent.workshop.tree_files import TreeFiles

SESSIONS = 2
"""Renderings with settings and with masked ones take turns."""

LIBRARY_CAPACITY = 1024 * 1024
"""Characters of templates and of documents kept compiled; a character costs some 10 bytes."""

MISSING = "does the settings top file give it to this node, and is a master running to grant it?"


class Craft:
    """Carries out orders, one at a time. The files of all are in the cache of the first one.

    ``vault`` learns what must not get out of this process but in its answers. The ``library`` may
    be that of several crafts of one process; without one it makes its own.
    """

    def __init__(self, library: Library | None = None) -> None:
        self.vault = Vault()
        self._library = library
        self._memory = CompileMemory(low_states=0)  # the agent tells when to compile again
        self._read: frozenset[str] = frozenset()
        """What all that the node has to be was made from."""
        self._sessions: dict[int, tuple[TemplateRenderer, Inquiry]] = {}
        self._marked: tuple[str, tuple[LowChunk, ...]] = ("", ())

    def carry_out(self, order: Order) -> Answer:
        """Return what was asked for; raises SourceError (with file and line), BlobUnavailable."""
        if isinstance(order, Compile):
            return self._compile(order)
        return self._pair(order) if isinstance(order, Pair) else self._render(order)

    def _compile(self, order: Compile) -> Made:
        tree = order.tree
        files = files_of(tree)
        recorded = RecordedFiles(files)
        options = read_tree_options(recorded)
        roots = find_roots(recorded)
        node = with_groups(tree.node, {tree.env: recorded})
        sls = order.sls
        if sls is None and not files.paths():
            recorded.paths()
            sls = ()  # everything was taken back: nothing is asked of anybody
        inquiry, providers = self._inquiry(tree, roots, files), offers()
        work = functools.partial(
            compile_node,
            files,
            node,
            env=tree.env,
            roots=roots,
            library=self._books(tree),
            providers=providers,
            settled=inquiry.settled,
        )
        try:
            if order.over is None:
                compiled = work(sls=sls, memory=self._memory)
            else:
                settings = merge_settings(work(sls=()).settings, order.over, DEFAULT)
                compiled = work(sls=sls, settings=settings)
        except SourceError as error:
            # What it was may hold secrets.
            raise inquiry.error(error, asked=sls or ()) from None
        if order.sls is None:
            self._read = compiled.reads
        secrets = inquiry.secrets(compiled, self._read)
        again = self._recompile(tree, roots, sls)
        derived = inquiry.derived(compiled, secrets, providers, again)
        self.vault.release()
        # Where the roots are depends on which folders there are.
        reads = compiled.reads | recorded.reads
        mark = self._mark(compiled.chunks) if order.sls is None and order.over is None else ""
        return Made(
            () if mark and mark == order.held else compiled.chunks,
            compiled.settings,
            reads,
            compiled.facts,
            roots,
            options,
            compiled.sls,
            dict(node.groups),
            secrets,
            derived,
            mark,
        )

    def _mark(self, chunks: tuple[LowChunk, ...]) -> str:
        """Name a low state; what is not compiled again keeps its name."""
        if not self._marked[0] or self._marked[1] is not chunks:
            self._marked = (uuid.uuid4().hex, chunks)
        return self._marked[0]

    def _pair(self, order: Pair) -> Paired:
        again = self._recompile(order.tree, order.roots, order.sls)
        return Paired(tuple(pairs(order.settings, order.secrets, offers(), again)))

    def _recompile(self, tree: Tree, roots: Roots, sls: tuple[str, ...] | None) -> Recompile:
        def again(settings: Mapping[str, Any], providers: Providers) -> Sequence[LowChunk]:
            files = files_of(tree)
            return compile_node(
                files,
                with_groups(tree.node, {tree.env: RecordedFiles(files)}),
                env=tree.env,
                sls=sls,
                settings=settings,
                roots=roots,
                library=self._books(tree),
                providers=providers,
            ).chunks

        return again

    def _render(self, order: Render) -> Rendered | UnknownSession:
        if order.session is not None:
            while len(self._sessions) >= SESSIONS:
                del self._sessions[next(iter(self._sessions))]
            self._sessions[order.number] = self._open(order.session)
        if order.number not in self._sessions:
            return UnknownSession()
        renderer, inquiry = self._sessions[order.number]
        try:
            text = renderer.render(
                order.text, name=order.name, sls=order.sls, context=order.context
            )
        except SourceError as error:
            raise inquiry.error(error) from None  # as above
        return Rendered(text, renderer.reads, renderer.facts)

    def _open(self, session: Session) -> tuple[TemplateRenderer, Inquiry]:
        files, providers = files_of(session.tree), offers()
        renderer = TemplateRenderer(
            files,
            session.tree.node,
            settings=session.settings,
            env=session.tree.env,
            roots=session.roots,
            library=self._books(session.tree),
            providers=looking(providers) if session.masked else providers,
        )
        inquiry = self._inquiry(session.tree, session.roots, files)
        if not session.masked:
            inquiry.settled(session.settings)
        return renderer, inquiry

    def _inquiry(self, tree: Tree, roots: Roots, files: Files) -> Inquiry:
        return Inquiry(self.vault, Clear(files, roots, tree.node.facts))

    def _books(self, tree: Tree) -> Library:
        if self._library is None:
            store = CodeStore(Path(tree.blobs).parent / "templates")
            self._library = Library(LIBRARY_CAPACITY, store)
        return self._library


def files_of(tree: Tree) -> Files:
    """Return the files of a tree as its node may read them."""
    files = TreeFiles(tree.files, BlobCache(Path(tree.blobs)), tree.wishes)
    if not tree.sealed:
        return files
    # Late: only settings need cryptography.
    from zester.trees.sealed.opened import OpenedFiles
    from zester_peel.agent.workshop.key_ring import KeyRing

    return OpenedFiles(files, tree.sealed, KeyRing(tree.keys), missing=MISSING)
