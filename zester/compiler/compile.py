"""Tree + node → settings and low state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from zester.compiler.assignments import state_assignments, top_files
from zester.compiler.chunks import low_chunks
from zester.compiler.environments import BASE, Environments, Place
from zester.compiler.high_state import HighState
from zester.compiler.lowstate import LowChunk
from zester.compiler.nodegroups import with_groups
from zester.compiler.options import DEFAULT, CompileOptions
from zester.compiler.roots import Roots, find_roots
from zester.compiler.settings import SettingsCompiler
from zester.compiler.top import Assignment, missing_file
from zester.errors import At, CompileError, SourceError
from zester.resources.files import Files
from zester.targeting.node import NodeView
from zester.targeting.value import Value
from zester.templating.failures import with_excerpt
from zester.templating.library import Library
from zester.templating.merging import plain_copy
from zester.templating.providers import NOTHING, Providers
from zester.templating.recorded import RecordedFiles, touches


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a node has to be.

    ``reads`` holds every path that was read or found missing (an entry ending in ``/`` is the list
    of paths below it: ask ``touched_by``); ``sls`` the state files in the order asked for,
    ``assigned`` the same with the environment each is taken from.
    """

    chunks: tuple[LowChunk, ...]
    settings: dict[str, Value]
    reads: frozenset[str]
    sls: tuple[str, ...]
    assigned: tuple[tuple[str, str], ...] = ()

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
) -> Compiled:
    """Compile a node's state; pure but for the clock of the template limits. Raises SourceError.

    ``files`` is the tree of ``env``, or the trees of several environments by name. ``env`` is the
    only environment whose top file counts, None lets those of all count (Salt without
    ``saltenv``). ``sls`` names state files instead of the top file, ``settings`` replaces the
    trees'. Give the same ``library`` to every call: it holds the caches.
    """
    trees = files if isinstance(files, Mapping) else {env or BASE: files}
    if env is not None and env not in trees:
        raise CompileError(
            f"there is no environment {env!r}", hint=f"known here: {', '.join(sorted(trees))}"
        )
    recorded = {name: RecordedFiles(tree) for name, tree in trees.items()}
    found = {name: roots or find_roots(tree) for name, tree in recorded.items()}
    try:
        node = with_groups(node, recorded)
        compilation = _Compilation(
            recorded, found, env, library or Library(), providers=providers, options=options
        )
        return compilation.run(node, sls, settings)
    except SourceError as error:
        raise with_excerpt(error, _reader(trees)) from error


@dataclass(frozen=True, slots=True)
class _Compilation:
    """The environments, and what holds for the whole of one compilation."""

    recorded: Mapping[str, RecordedFiles]
    roots: Mapping[str, Roots]
    env: str | None
    library: Library
    providers: Providers
    options: CompileOptions

    def run(
        self, node: NodeView, sls: Sequence[str] | None, settings: Mapping[str, Value] | None
    ) -> Compiled:
        if settings is None:
            settings = self._settings(node)
        states = {
            name: Place(tree, self.roots[name].states) for name, tree in self.recorded.items()
        }
        environments = self._environments(states, node).with_settings(settings)
        assigned = self._assigned(environments) if sls is None else self._named(environments, sls)
        high = _high(environments, assigned)
        chunks = low_chunks(high.finished(), high.files)
        return Compiled(
            chunks,
            plain_copy(settings),
            frozenset[str]().union(*(tree.reads for tree in self.recorded.values())),
            tuple(entry.sls for entry in assigned),
            tuple((entry.env, entry.sls) for entry in assigned),
        )

    def _environments(self, places: Mapping[str, Place], node: NodeView) -> Environments:
        return Environments(places, node, library=self.library, providers=self.providers)

    def _settings(self, node: NodeView) -> dict[str, Value]:
        places = {}
        for name, tree in self.recorded.items():
            prefix = self.roots[name].settings
            if prefix is not None:
                places[name] = Place(tree, prefix)
        compiler = SettingsCompiler(self._environments(places, node), self.env, self.options)
        return compiler.compile()

    def _assigned(self, environments: Environments) -> tuple[Assignment, ...]:
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
