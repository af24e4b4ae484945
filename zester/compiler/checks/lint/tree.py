"""The tree that the rules look at: each file read once, and how state files include each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cached_property

from zester.compiler.assigned.top import TOP
from zester.compiler.checks.lint.catalogue import Catalogue, read_catalogue
from zester.compiler.checks.lint.compilation import Compilation, compilation
from zester.compiler.checks.lint.nodes import Mapping as MappingNode
from zester.compiler.checks.lint.nodes import Scalar, Sequence
from zester.compiler.checks.lint.outline import Outline, as_pattern
from zester.compiler.checks.lint.readable import ReadableFiles
from zester.compiler.checks.lint.source import Source
from zester.compiler.checks.tree import TEMPLATES
from zester.compiler.roots import Roots, find_roots
from zester.compiler.state_root import SUFFIXES, WILDCARDS, StateRoot, state_name
from zester.dataclass import dataclass
from zester.errors import At, SourceError
from zester.targeting.node import NodeView
from zester.targeting.value import Value
from zester.templating.outline import Outliner
from zester.templating.recorded import RecordedFiles
from zester.templating.renderer import decode

DATA = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a run looks at beside the tree: the node to compile for, and settings in place of the
    tree's. ``given`` = somebody named the node's facts, so what does not compile is a finding."""

    node: NodeView
    settings: Mapping[str, Value] | None = None
    given: bool = False


class LintTree:
    """``files`` never fail; what could not be read is in ``files.problems``."""

    def __init__(self, files: ReadableFiles, wish: Wish) -> None:
        self.files = files
        self.wish = wish
        recorded = RecordedFiles(files)
        self.roots: Roots = find_roots(recorded)
        self.paths = frozenset(files.paths())
        self.root = StateRoot(recorded, self.roots.states)
        self._closures: dict[str, frozenset[str]] = {}

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """Templates, state and settings files and data files, by path."""
        outliners = {prefix: Outliner(prefix) for prefix in self._prefixes()}
        found: dict[str, Source] = {}
        for path in self.files.paths():
            if not path.endswith((*TEMPLATES, *DATA)):
                continue
            data = self.files.read(path)
            if data is None:
                continue
            try:
                text = decode(data, path)
            except SourceError:
                continue
            prefix = next(prefix for prefix in outliners if path.startswith(prefix))
            name = path.removeprefix(prefix)
            sls = state_name(name) if path.endswith(SUFFIXES) else None
            states = prefix == self.roots.states and prefix != self.roots.settings
            found[path] = Source(path, name, text, sls, states, outliners[prefix])
        return found

    def _prefixes(self) -> list[str]:
        named = [prefix for prefix in (self.roots.settings, self.roots.states) if prefix]
        return [*named, ""]

    @cached_property
    def states(self) -> Mapping[str, Source]:
        """State files by name, without the top file; of two with one name the first counts."""
        found: dict[str, Source] = {}
        for source in self.sources.values():
            if source.states and source.sls not in (None, TOP):
                found.setdefault(source.sls or "", source)
        return found

    @cached_property
    def catalogue(self) -> Catalogue:
        return read_catalogue()

    def custom(self, folder: str) -> frozenset[str]:
        """Return the modules that the tree brings along in a folder such as ``_states``."""
        prefixes = {f"{self.roots.states}{folder}/", f"{folder}/"}
        return frozenset(
            path.rpartition("/")[2].removesuffix(".py")
            for path in self.paths
            if path.endswith(".py") and path.rpartition("/")[0] + "/" in prefixes
        )

    @cached_property
    def root_files(self) -> frozenset[str]:
        """Files and folders below the states root, as ``salt://`` names them."""
        prefix = self.roots.states
        found: set[str] = set()
        for path in self.paths:
            name = path.removeprefix(prefix) if path.startswith(prefix) else ""
            while name and name not in found:
                found.add(name)
                name = name.rpartition("/")[0]
        return frozenset(found)

    @cached_property
    def template_names(self) -> list[str]:
        """The templates and data files that a template may name."""
        return sorted(source.name for source in self.sources.values())

    @cached_property
    def top(self) -> Source | None:
        name = self.root.spelled(TOP)
        return None if name is None else self.sources.get(self.roots.states + name)

    @cached_property
    def compiled(self) -> Compilation:
        """What the tree is for one node."""
        names = list(self.states) if self.top is None else None
        wish = self.wish
        return compilation(self.files, wish.node, wish.settings, self.roots, names)

    def included(self, source: Source, outline: Outline) -> Iterator[tuple[str, At]]:
        """Yield what a shape includes, as globs over state file names."""
        root = outline.root
        if not isinstance(root, MappingNode):
            return
        for key, value in root.pairs:
            if isinstance(key, Scalar) and key.text == "include" and isinstance(value, Sequence):
                for item in value.items:
                    node = item
                    if isinstance(item, MappingNode) and len(item.pairs) == 1:
                        node = item.pairs[0][1]
                    if isinstance(node, Scalar):
                        written = _absolute(source, node.text)
                        yield as_pattern(written), outline.at(node.start)

    def matching(self, pattern: str) -> list[str]:
        """Return the state files a glob means."""
        if WILDCARDS & set(pattern):
            return [name for name in self.states if fnmatchcase(name, pattern)]
        return [pattern] if pattern in self.states else []

    def closure(self, sls: str) -> frozenset[str]:
        """Return a state file and all that it may include, directly or not."""
        known = self._closures.get(sls)
        if known is not None:
            return known
        found: set[str] = set()
        pending = [sls]
        while pending:
            name = pending.pop()
            if name not in found and name in self.states:
                found.add(name)
                pending.extend(self._includes.get(name, ()))
        self._closures[sls] = frozenset(found)
        return self._closures[sls]

    @cached_property
    def _includes(self) -> Mapping[str, frozenset[str]]:
        return {
            name: frozenset(
                match
                for outline in source.shapes()
                for pattern, _ in self.included(source, outline)
                for match in self.matching(pattern)
            )
            for name, source in self.states.items()
        }

    def includes_of(self, sls: str) -> frozenset[str]:
        """Return the state files that one may include itself."""
        return self._includes.get(sls, frozenset())

    def assigned(self) -> Iterator[tuple[str, list[tuple[str, At]]]]:
        """Yield each target of the top file with the globs it assigns."""
        if self.top is None:
            return
        for outline in self.top.shapes():
            root = outline.root
            for _, targets in root.pairs if isinstance(root, MappingNode) else ():
                for key, value in targets.pairs if isinstance(targets, MappingNode) else ():
                    items = value.items if isinstance(value, Sequence) else [value]
                    names = [
                        (as_pattern(item.text), outline.at(item.start))
                        for item in items
                        if isinstance(item, Scalar)
                    ]
                    yield key.text if isinstance(key, Scalar) else "", names


def _absolute(source: Source, entry: str) -> str:
    levels = len(entry) - len(entry.lstrip("."))
    if not levels or source.sls is None:
        return entry
    parts = source.sls.split(".")
    if source.name.rpartition(".")[0].endswith("/init"):
        parts.append("init")
    return ".".join([*parts[:-levels], entry[levels:]])
