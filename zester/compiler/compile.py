"""Tree + node → settings and low state."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace

from zester.compiler.assigned.nodegroups import with_groups
from zester.compiler.assigned.top import Assignment, missing_file
from zester.compiler.chunks import low_chunks
from zester.compiler.environments import BASE, Environments, Place
from zester.compiler.high.asking import wishes_of
from zester.compiler.high.high_state import HighState
from zester.compiler.high.reading import read_the_same
from zester.compiler.lowstate import LowChunk
from zester.compiler.memory import (
    CompiledSettings,
    CompileMemory,
    Dependencies,
    Memory,
    Read,
    dependencies,
)
from zester.compiler.options import DEFAULT, CompileOptions
from zester.compiler.roots import Roots, find_roots
from zester.dataclass import dataclass
from zester.errors import At, CompileError, SourceError
from zester.resources.files import Files
from zester.targeting.node import NodeView
from zester.targeting.value import Value
from zester.templating.cache.library import Library
from zester.templating.failures import with_excerpt
from zester.templating.merging import plain_copy
from zester.templating.providers import NOTHING, Providers
from zester.templating.recorded import RecordedFiles, touches
from zester.templating.trace import Trace, traced


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a node has to be.

    ``reads`` holds every path that was read or found missing (an entry ending in ``/`` is the list
    of paths below it: ask ``touched_by``); ``sls`` the state files in the order asked for,
    ``assigned`` the same with the environment each is taken from; ``facts`` the topmost names of
    the facts that were looked at, None for all of them. ``asked`` tells whether state files looked
    at settings.
    """

    chunks: tuple[LowChunk, ...]
    settings: dict[str, Value]
    reads: frozenset[str]
    sls: tuple[str, ...]
    assigned: tuple[tuple[str, str], ...] = ()
    facts: frozenset[str] | None = None
    asked: bool = False

    def touched_by(self, paths: Iterable[str]) -> bool:
        """Return whether a change of these paths may change the result."""
        return any(touches(self.reads, path) for path in paths)


def compile_node(
    files: Files | Mapping[str, Files],
    node: NodeView,
    *,
    env: str | None = BASE,
    sls: Sequence[str] | None = None,
    settings: Mapping[str, Value] | None = None,
    roots: Roots | None = None,
    library: Library | None = None,
    providers: Providers = NOTHING,
    options: CompileOptions = DEFAULT,
    memory: CompileMemory | None = None,
    settled: Callable[[Mapping[str, Value]], None] | None = None,
) -> Compiled:
    """Compile a node's state; pure but for the clock of the template limits. Raises SourceError.

    ``files`` is the tree of ``env``, or the trees of several environments by name. ``env`` is the
    only environment whose top file counts, None lets those of all count (Salt without
    ``saltenv``). ``sls`` names state files instead of the top file, ``settings`` replaces the
    trees'. Give the same ``library`` and ``memory`` to every call: they hold the caches. A result
    that ``memory`` holds and whose inputs are the same has the very same ``chunks``. ``settled``
    hears the settings before the states are compiled: what is wrong with those may quote them.
    """
    trees = files if isinstance(files, Mapping) else {env or BASE: files}
    if env is not None and env not in trees:
        raise CompileError(
            f"there is no environment {env!r}", hint=f"known here: {', '.join(sorted(trees))}"
        )
    first = {name: RecordedFiles(tree) for name, tree in trees.items()}
    found = {name: roots or find_roots(tree) for name, tree in first.items()}
    try:
        compilation = _Compilation(
            trees, found, env, library or Library(), providers=providers, options=options
        )
        node = with_groups(node, first)
        memory = memory or CompileMemory(settings=0, low_states=0)
        read: frozenset[str] = frozenset[str]().union(*(tree.reads for tree in first.values()))
        facts: frozenset[str] | None = frozenset()
        if settings is None:
            made = compilation.settings(node, memory.settings)
            settings, facts = made.values, made.facts
            read |= made.reads
        if settled is not None:
            settled(settings)
        compiled = compilation.states(node, sls, settings, memory)
        return replace(
            compiled,
            settings=plain_copy(settings),
            reads=compiled.reads | read,
            facts=None if facts is None or compiled.facts is None else compiled.facts | facts,
        )
    except SourceError as error:
        raise with_excerpt(error, _reader(trees)) from error


@dataclass(frozen=True, slots=True)
class _Look:
    """Files and a node that note what is asked of them."""

    trace: Trace
    trees: Mapping[str, RecordedFiles]
    node: NodeView

    @classmethod
    def at(cls, trees: Mapping[str, Files], node: NodeView) -> _Look:
        trace = Trace()
        watched = replace(
            node,
            facts=traced(node.facts, trace.facts),
            settings=traced(node.settings, trace.settings),
        )
        recorded = {name: RecordedFiles(tree, trace) for name, tree in trees.items()}
        return cls(trace, recorded, watched)

    @property
    def reads(self) -> frozenset[str]:
        return frozenset[str]().union(*(tree.reads for tree in self.trees.values()))

    @property
    def facts(self) -> frozenset[str] | None:
        return None if self.trace.facts.whole else frozenset(self.trace.facts.keys)


@dataclass(frozen=True, slots=True)
class _Compilation:
    """The environments, and what holds for the whole of one compilation."""

    trees: Mapping[str, Files]
    roots: Mapping[str, Roots]
    env: str | None
    library: Library
    providers: Providers
    options: CompileOptions

    def settings(self, node: NodeView, memory: Memory[CompiledSettings]) -> CompiledSettings:
        """Return the node's settings as the trees have them."""
        request = self._request(node)
        known = memory.recall(request, self._unchanged(node, {}))
        if known is not None:
            return known
        look = _Look.at(self.trees, node)
        places = {}
        for name, tree in look.trees.items():
            prefix = self.roots[name].settings
            if prefix is not None:
                places[name] = Place(tree, prefix)
        environments = Environments(
            places, look.node, library=self.library.unstored(), providers=self.providers
        )
        from zester.compiler.settings.compiler import SettingsCompiler  # late: may be given

        made = SettingsCompiler(environments, self.env, self.options).compile()
        result = CompiledSettings(made, look.reads, look.facts)
        memory.keep(request, lambda: dependencies(look.trees, look.trace, node.facts, {}), result)
        return result

    def states(
        self,
        node: NodeView,
        sls: Sequence[str] | None,
        settings: Mapping[str, Value],
        memory: CompileMemory,
    ) -> Compiled:
        """Return what the states come to for a node that has these settings."""
        request = (*self._request(node), None if sls is None else tuple(sls))
        known = memory.compiled.recall(request, self._unchanged(node, settings))
        if known is not None:
            return known
        look = _Look.at(self.trees, replace(node, settings=settings))
        places = {name: Place(tree, self.roots[name].states) for name, tree in look.trees.items()}
        environments = self._environments(places, look.node)
        assigned = self._assigned(environments) if sls is None else self._named(environments, sls)
        result = Compiled(
            self._chunks(request, environments, assigned, memory),
            dict(settings),
            look.reads,
            tuple(entry.sls for entry in assigned),
            tuple((entry.env, entry.sls) for entry in assigned),
            look.facts,
            bool(look.trace.settings.whole or look.trace.settings.keys),
        )
        memory.compiled.keep(
            request, lambda: dependencies(look.trees, look.trace, node.facts, settings), result
        )
        return result

    def _chunks(
        self,
        request: Hashable,
        environments: Environments,
        assigned: Sequence[Assignment],
        memory: CompileMemory,
    ) -> tuple[LowChunk, ...]:
        """Return the low state; the same object again where the state files come to the same."""
        named, known = tuple((entry.env, entry.sls) for entry in assigned), memory.read
        request = (request, tuple(entry.observe for entry in assigned))
        if (
            known is not None
            and (known.request, known.assigned) == (request, named)
            and read_the_same(known.readings, named, environments)
        ):
            return known.chunks
        memory.read = None
        high = _high(environments, assigned)
        wishes = wishes_of(high.readings, assigned, environments)
        chunks = low_chunks(high.finished(), high.files, wishes)
        memory.read = Read(request, named, tuple(high.readings), chunks)
        return chunks

    def _request(self, node: NodeView) -> tuple[Hashable, ...]:
        """Everything that is compared as a whole: another one is another result."""
        return (
            tuple(sorted(self.roots.items(), key=lambda item: item[0])),
            self.env,
            self.options,
            self.providers.lenient,
            node.id,
            tuple(sorted(node.labels.items())),
            tuple(sorted(node.groups.items())),
        )

    def _unchanged(
        self, node: NodeView, settings: Mapping[str, Value]
    ) -> Callable[[Dependencies], bool]:
        return lambda known: known.same(self.trees, node.facts, settings, self.providers)

    def _environments(self, places: Mapping[str, Place], node: NodeView) -> Environments:
        return Environments(places, node, library=self.library, providers=self.providers)

    def _assigned(self, environments: Environments) -> tuple[Assignment, ...]:
        # Late: whoever names the state files needs no targets.
        from zester.compiler.assigned.assignments import state_assignments, top_files

        tops = top_files(environments, self.env)
        if not any(tops.values()):
            root = environments.describe(self.env or next(iter(environments)))
            raise CompileError(
                f"there is no top file in {root}",
                at=At(f"{environments.renderer(self.env or next(iter(environments))).root}top.zy"),
                hint="write top.zy (or top.sls), or name the state files to compile",
            )
        return state_assignments(tops, environments, self.env, self.options)

    def _named(self, environments: Environments, sls: Sequence[str]) -> tuple[Assignment, ...]:
        env = self.env or next(iter(environments))
        root = environments.root(env)
        names = dict.fromkeys(name for pattern in sls for name in root.matching(pattern))
        return tuple(Assignment(name, At("<request>"), env=env) for name in names)


def _high(environments: Environments, assigned: Sequence[Assignment]) -> HighState:
    high = HighState(environments)
    for entry in assigned:
        name = environments.root(entry.env).find(entry.sls)
        if name is not None:
            high.add(entry.env, entry.sls, name)
        elif not entry.ignore_missing:
            raise missing_file(entry, "state file", environments.renderer(entry.env).root)
    return high


def _reader(trees: Mapping[str, Files]) -> Callable[[str], str | None]:
    """Read a path where only one environment has it: which one is meant cannot be told."""

    def read(path: str) -> str | None:
        found = [data for tree in trees.values() if (data := tree.read(path)) is not None]
        return found[0].decode("utf-8", "replace") if len(found) == 1 else None

    return read
