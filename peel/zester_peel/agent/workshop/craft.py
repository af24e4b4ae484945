"""What is done in the workshop; whoever imports this has all of Jinja and YAML in memory."""

from __future__ import annotations

import functools
from pathlib import Path

from zester.compiler.assigned.nodegroups import with_groups
from zester.compiler.compile import compile_node
from zester.compiler.memory import CompileMemory
from zester.compiler.options import DEFAULT
from zester.compiler.roots import find_roots
from zester.compiler.settings.merge import merge_settings
from zester.compiler.template_renderer import TemplateRenderer
from zester.compiler.tree_options import read_tree_options
from zester.resources.files import Files
from zester.templating.cache.code_store import CodeStore
from zester.templating.cache.library import Library
from zester.templating.recorded import RecordedFiles
from zester.trees.cache import BlobCache
from zester_peel.agent.offers import offers
from zester_peel.agent.workshop.orders import (
    Answer,
    Compile,
    Made,
    Order,
    Render,
    Rendered,
    Session,
    Tree,
    UnknownSession,
)
from zester_peel.agent.workshop.tree_files import TreeFiles

LIBRARY_CAPACITY = 1024 * 1024
"""Characters of templates and of documents kept compiled; a character costs some 10 bytes."""

MISSING = "does the settings top file give it to this node, and is a master running to grant it?"


class Craft:
    """Carries out orders, one at a time. The files of all are in the cache of the first one."""

    def __init__(self) -> None:
        self._library: Library | None = None
        self._memory = CompileMemory(low_states=0)  # the agent tells when to compile again
        self._number: int | None = None
        self._renderer: TemplateRenderer | None = None

    def carry_out(self, order: Order) -> Answer:
        """Return what was asked for; raises SourceError (with file and line), BlobUnavailable."""
        return self._compile(order) if isinstance(order, Compile) else self._render(order)

    def _compile(self, order: Compile) -> Made:
        tree = order.tree
        files = _files(tree)
        recorded = RecordedFiles(files)
        options = read_tree_options(recorded)
        roots = find_roots(recorded)
        node = with_groups(tree.node, {tree.env: recorded})
        work = functools.partial(
            compile_node,
            files,
            node,
            env=tree.env,
            roots=roots,
            library=self._books(tree),
            providers=offers(),
        )
        if order.over is None:
            compiled = work(sls=order.sls, memory=self._memory)
        else:
            settings = merge_settings(work(sls=()).settings, order.over, DEFAULT)
            compiled = work(sls=order.sls, settings=settings)
        # Where the roots are depends on which folders there are.
        reads = compiled.reads | recorded.reads
        return Made(
            compiled.chunks,
            compiled.settings,
            reads,
            compiled.facts,
            roots,
            options,
            compiled.sls,
            dict(node.groups),
        )

    def _render(self, order: Render) -> Rendered | UnknownSession:
        if order.session is not None:
            self._number, self._renderer = order.number, self._open(order.session)
        if self._renderer is None or order.number != self._number:
            return UnknownSession()
        renderer = self._renderer
        text = renderer.render(order.text, name=order.name, sls=order.sls, context=order.context)
        return Rendered(text, renderer.reads, renderer.facts)

    def _open(self, session: Session) -> TemplateRenderer:
        return TemplateRenderer(
            _files(session.tree),
            session.tree.node,
            settings=session.settings,
            env=session.tree.env,
            roots=session.roots,
            library=self._books(session.tree),
            providers=offers(),
        )

    def _books(self, tree: Tree) -> Library:
        if self._library is None:
            store = CodeStore(Path(tree.blobs).parent / "templates")
            self._library = Library(LIBRARY_CAPACITY, store)
        return self._library


def _files(tree: Tree) -> Files:
    files = TreeFiles(tree.files, BlobCache(Path(tree.blobs)))
    if not tree.sealed:
        return files
    # Late: only settings need cryptography.
    from zester.trees.sealed.opened import OpenedFiles
    from zester_peel.agent.workshop.key_ring import KeyRing

    return OpenedFiles(files, tree.sealed, KeyRing(tree.keys), missing=MISSING)
