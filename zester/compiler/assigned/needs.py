"""Which sealed files nodes need: what the settings top file gives them, and what those name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from zester.compiler.assigned.alike import RenderedTops, TopTemplate
from zester.compiler.assigned.assignments import Tops, settings_targets, top_files
from zester.compiler.assigned.nodegroups import with_groups
from zester.compiler.assigned.top import TopTarget
from zester.compiler.environments import Environments, Place
from zester.compiler.state_root import StateRoot
from zester.errors import SourceError
from zester.resources.files import Files
from zester.resources.manifest import FileEntry
from zester.targeting.expression import Expression
from zester.targeting.matcher import match
from zester.targeting.node import NodeView
from zester.targeting.parser import parse_target
from zester.targeting.trusted import asks_facts
from zester.templating.cache.library import Library
from zester.templating.recorded import RecordedFiles
from zester.templating.trace import Touched, Trace, traced

KEPT = 1024
"""Rendered top files and sets of assigned files that are remembered."""


class SettingsNeeds:
    """Answers for one tree and any number of nodes; renders the top file for each.

    ``files`` can read the top file and what it includes and imports, ``entries`` are all files of
    the tree, ``always`` those that every node needs to render the top file itself. Nothing of a
    node is asked but its id, labels and facts; Python in the tree is not run.
    """

    uses_facts: bool
    """Whether the answer may depend on facts at all."""

    def __init__(
        self,
        files: Files,
        entries: Mapping[str, FileEntry],
        root: str,
        *,
        env: str,
        always: Iterable[str] = (),
    ) -> None:
        self.facts = Touched()
        """The facts that any node was asked for so far."""
        self._files = files
        self._entries = entries
        self._prefix = root
        self._env = env
        self._always = tuple(always)
        self._names = StateRoot(RecordedFiles(_Names(entries)), root)
        self._library = Library()
        self._templated = TopTemplate.of(files, root)
        self._rendered = RenderedTops()
        self._by_text: dict[tuple[str, ...], list[TopTarget]] = {}
        self._parsed: dict[tuple[str, str], Expression] = {}
        self._closures: dict[tuple[str, ...], frozenset[str]] = {}
        groups = with_groups(NodeView(id="none"), {env: RecordedFiles(files)})
        self._groups = groups.groups
        self.uses_facts = self._templated.jinja or self._targets_use_facts()

    def of(self, node: NodeView) -> frozenset[str]:
        """Return the paths of the sealed files that a node needs; raises SourceError."""
        known = replace(
            node,
            facts=traced(node.facts, self.facts),
            settings={},
            groups=node.groups or self._groups,
        )
        names: dict[str, None] = {}
        for target in self._top(known):
            if match(self._expression(target), known):
                for entry in target.files:
                    names.update(dict.fromkeys(self._names.matching(entry.sls)))
        return self._closure(tuple(names))

    def _top(self, node: NodeView) -> list[TopTarget]:
        """The targets the top file has for a node: rendered, unless one alike was rendered."""
        alike = self._rendered.find(node) if self._templated.alike else None
        if alike is not None:
            return alike
        trace = Trace()
        watched = replace(node, facts=traced(node.facts, trace.facts))
        place = Place(RecordedFiles(self._files, trace), self._prefix)
        tops = top_files(
            Environments({self._env: place}, watched, library=self._library), self._env
        )
        self.facts.keys |= trace.facts.keys
        self.facts.whole |= trace.facts.whole
        targets = self._targets(tops)
        if self._templated.alike and not (trace.volatile or trace.calls or trace.facts.whole):
            self._rendered.keep(frozenset(trace.facts.keys), node, targets)
        return targets

    def _targets(self, tops: Tops) -> list[TopTarget]:
        """The same text has the same targets."""
        texts = tuple(file.rendered.text for files in tops.values() for file in files)
        if texts not in self._by_text:
            if len(self._by_text) >= KEPT:
                self._by_text.clear()
            sections = settings_targets(tops, self._env)
            self._by_text[texts] = sections.get(self._env, [])
        return self._by_text[texts]

    def _targets_use_facts(self) -> bool:
        try:
            targets = self._top(NodeView(id="none"))
            return any(asks_facts(self._expression(each), self._groups) for each in targets)
        except SourceError:
            return True  # each node will be told what is wrong

    def _expression(self, target: TopTarget) -> Expression:
        key = (target.expression, target.kind)
        if key not in self._parsed:
            if len(self._parsed) >= KEPT:
                self._parsed.clear()
            self._parsed[key] = parse_target(target.expression, kind=target.kind, at=target.at)
        return self._parsed[key]

    def _closure(self, names: tuple[str, ...]) -> frozenset[str]:
        known = self._closures.get(names)
        if known is None:
            if len(self._closures) >= KEPT:
                self._closures.clear()
            found = (self._names.find(name) for name in names)
            start = [self._prefix + name for name in found if name is not None]
            known = self._closures[names] = needed(self._entries, (*self._always, *start))
        return known


def needed(entries: Mapping[str, FileEntry], start: Iterable[str]) -> frozenset[str]:
    """Return the sealed files among these and among those they name, however indirectly."""
    found: set[str] = set()
    pending = list(start)
    while pending:
        path = pending.pop()
        entry = entries.get(path)
        if entry is not None and entry.sealed is not None and path not in found:
            found.add(path)
            pending.extend(entry.sealed.refs)
    return frozenset(found)


class _Names:
    """Files of which only the names count."""

    def __init__(self, entries: Mapping[str, FileEntry]) -> None:
        self._entries = entries
        self._paths = tuple(sorted(entries))

    def read(self, path: str) -> bytes | None:
        return b"" if path in self._entries else None

    def paths(self) -> tuple[str, ...]:
        return self._paths
