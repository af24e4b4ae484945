"""Tree + node → settings and low state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from zester.compiler.chunks import low_chunks
from zester.compiler.high_state import HighState
from zester.compiler.lowstate import LowChunk
from zester.compiler.requisites import turn_round
from zester.compiler.roots import Roots, find_roots
from zester.compiler.settings import SettingsCompiler
from zester.compiler.state_root import StateRoot
from zester.compiler.top import Assignment, assignments, missing_file
from zester.errors import At, CompileError, SourceError
from zester.resources.files import Files
from zester.targeting.node import NodeView
from zester.targeting.value import Value
from zester.templating.failures import with_excerpt
from zester.templating.library import Library
from zester.templating.merging import plain_copy
from zester.templating.providers import NOTHING, Providers
from zester.templating.recorded import RecordedFiles, touches
from zester.templating.renderer import Renderer


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a node has to be.

    ``reads`` holds every path that was read or found missing (an entry ending in ``/`` is the list
    of paths below it: ask ``touched_by``); ``sls`` the state files in the order asked for.
    """

    chunks: tuple[LowChunk, ...]
    settings: dict[str, Value]
    reads: frozenset[str]
    sls: tuple[str, ...]

    def touched_by(self, paths: Iterable[str]) -> bool:
        """Return whether a change of these paths may change the result."""
        return any(touches(self.reads, path) for path in paths)


def compile_node(
    files: Files,
    node: NodeView,
    *,
    env: str = "base",
    sls: Sequence[str] | None = None,
    settings: Mapping[str, Value] | None = None,
    roots: Roots | None = None,
    library: Library | None = None,
    providers: Providers = NOTHING,
) -> Compiled:
    """Compile a node's state; pure but for the clock of the template limits. Raises SourceError.

    ``sls`` names state files instead of the top file, ``settings`` replaces the tree's. Give the
    same ``library`` to every call: it holds the caches.
    """
    recorded = RecordedFiles(files)
    try:
        return _compile(recorded, node, env, sls, settings, roots, library or Library(), providers)
    except SourceError as error:
        raise with_excerpt(error, _reader(files)) from error


def _compile(
    recorded: RecordedFiles,
    node: NodeView,
    env: str,
    sls: Sequence[str] | None,
    settings: Mapping[str, Value] | None,
    roots: Roots | None,
    library: Library,
    providers: Providers,
) -> Compiled:
    roots = roots or find_roots(recorded)
    if settings is None:
        settings = _settings(recorded, roots, node, env, library, providers)
    node = replace(node, settings=settings)
    renderer = Renderer(recorded, roots.states, node, env=env, library=library, providers=providers)
    root = StateRoot(recorded, roots.states)
    high = HighState(renderer, root, env)
    assigned = _assigned(renderer, root, node, env, sls)
    for assignment in assigned:
        name = root.find(assignment.sls)
        if name is not None:
            high.add(assignment.sls, name)
        elif not assignment.ignore_missing:
            raise missing_file(assignment, "state file", roots.states)
    high.extend()
    turn_round(high)
    high.exclude()
    chunks = low_chunks(tuple(high.declared.values()), env)
    names = tuple(assignment.sls for assignment in assigned)
    return Compiled(chunks, plain_copy(settings), frozenset(recorded.reads), names)


def _reader(files: Files) -> Callable[[str], str | None]:
    def read(path: str) -> str | None:
        data = files.read(path)
        return None if data is None else data.decode("utf-8", "replace")

    return read


def _settings(
    files: RecordedFiles,
    roots: Roots,
    node: NodeView,
    env: str,
    library: Library,
    providers: Providers,
) -> dict[str, Value]:
    if roots.settings is None:
        return {}
    compiler = SettingsCompiler(
        files, roots.settings, node, env=env, library=library, providers=providers
    )
    return compiler.compile()


def _assigned(
    renderer: Renderer, root: StateRoot, node: NodeView, env: str, sls: Sequence[str] | None
) -> tuple[Assignment, ...]:
    if sls is None:
        found = assignments(renderer, root, node, env)
        if found is None:
            raise CompileError(
                f"there is no top file in {renderer.root or 'the tree'}",
                at=At(f"{renderer.root}top.zy"),
                hint="write top.zy (or top.sls), or name the state files to compile",
            )
        return found
    names = [name for pattern in sls for name in root.matching(pattern)]
    return tuple(Assignment(name, At("<request>")) for name in dict.fromkeys(names))
