"""Requisites whose target nothing declares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from zester.compiler.checks.lint.declared import Declared, declared_in
from zester.compiler.checks.lint.finding import Finding, Rule, nearest
from zester.compiler.checks.lint.grammar import REQUISITES
from zester.compiler.checks.lint.nodes import Mapping, Node, Scalar
from zester.compiler.checks.lint.nodes import Sequence as SequenceNode
from zester.compiler.checks.lint.outline import Call, opaque
from zester.compiler.checks.lint.tree import LintTree
from zester.compiler.lowstate import LowChunk
from zester.errors import At

RULE = Rule("missing-requisite", "error", "a requisite that names what nothing declares")

_STRING = re.compile(r"([A-Za-z_]\w*)\.[A-Za-z_]\w*:(.+)", re.DOTALL)


def check_requisites(tree: LintTree) -> Iterator[Finding]:
    """Yield what is missing for certain: by the low state, else by what all files declare."""
    for group in tree.compiled.groups:
        yield from _compiled(tree, group)
    declared = {name: declared_in(source) for name, source in tree.states.items()}
    search = _Search(tree, declared)
    for name, source in tree.states.items():
        for outline in source.shapes():
            for call in (*outline.calls, *outline.extensions):
                for module, target, start in _targets(call):
                    at = source.place(outline.at(start), target)
                    finding = search.judge(name, module, target, at)
                    if finding is not None:
                        yield finding


class _Search:
    """Looks for targets in a file, what it includes, and what comes together with it."""

    def __init__(self, tree: LintTree, declared: dict[str, Declared]) -> None:
        self._tree = tree
        self._declared = declared
        self._everything = Declared.of(declared.values())
        self._groups: dict[frozenset[str], Declared] = {}
        self._companions: dict[str, frozenset[str]] = {}

    def judge(self, sls: str, module: str, target: str, at: At) -> Finding | None:
        written = f"{module}: {target}" if module else target
        if module == "sls":
            if any(fnmatchcase(name, target) for name in self._tree.states):
                return None
            hint = nearest(target, list(self._tree.states))
            return RULE.at(at, f"requisite {written!r}: there is no such state file", hint)
        near = self._group(sls)
        if near.may_have(module, target):
            return None
        if self._everything.has(module, target):
            owner = next(name for name, each in self._declared.items() if each.has(module, target))
            return RULE.at(
                at,
                f"requisite {written!r} is declared only in {owner!r}, "
                "which this file does not include",
                f"include {owner}",
                severity="info",
            )
        return RULE.at(
            at,
            f"requisite {written!r} is declared nowhere",
            _near(target, self._everything.words),
            severity="warning" if self._everything.may_have(module, target) else "error",
        )

    def _group(self, sls: str) -> Declared:
        """Return what a file, its includes and all that may come along declare."""
        names = self._together(sls)
        known = self._groups.get(names)
        if known is None:
            known = Declared.of(self._declared[name] for name in names)
            self._groups[names] = known
        return known

    def _together(self, sls: str) -> frozenset[str]:
        if not self._companions:
            self._gather()
        return self._companions.get(sls, frozenset((sls,)))

    def _gather(self) -> None:
        """Find, for each file, those that some file or target brings along with it.

        Files that are connected by includes or assignments form one group: looking for paths
        between each two of them would take time that grows with the square of the tree.
        """
        tree = self._tree
        leader = {name: name for name in tree.states}

        def find(name: str) -> str:
            while leader[name] != name:
                leader[name] = leader[leader[name]]
                name = leader[name]
            return name

        def join(names: Sequence[str]) -> None:
            for name in names[1:]:
                leader[find(name)] = find(names[0])

        for name in tree.states:
            join([name, *tree.includes_of(name)])
        for _, patterns in tree.assigned():
            join([match for pattern, _ in patterns for match in tree.matching(pattern)])
        groups: dict[str, set[str]] = {}
        for name in tree.states:
            groups.setdefault(find(name), set()).add(name)
        for members in groups.values():
            frozen = frozenset(members)
            self._companions.update(dict.fromkeys(members, frozen))


def _near(target: str, words: Iterable[str]) -> str | None:
    return nearest(target, tuple(words))


def _targets(call: Call) -> Iterator[tuple[str, str, int]]:
    """Yield module, id or name, and offset of each target that is written out."""
    for argument in call.arguments:
        if argument.name in REQUISITES:
            for module, node in _written(argument.value):
                if opaque(module) or opaque(node.text) or not node.text:
                    continue
                match = None if module else _STRING.fullmatch(node.text)
                if match:
                    module, text = match[1], match[2]
                else:
                    text = node.text
                short = module.partition(".")[0]
                yield "" if short == "id" else short, text, node.start


def _written(value: Node) -> Iterator[tuple[str, Scalar]]:
    for item in value.items if isinstance(value, SequenceNode) else [value]:
        if isinstance(item, Scalar):
            yield "", item
        elif isinstance(item, Mapping):
            for key, target in item.pairs:
                if isinstance(key, Scalar) and isinstance(target, Scalar):
                    yield key.text, target


def _compiled(tree: LintTree, chunks: Sequence[LowChunk]) -> Iterator[Finding]:
    words: dict[str, set[str]] = {}
    files = {chunk.sls for chunk in chunks}
    for chunk in chunks:
        for word in (chunk.id, chunk.name):
            words.setdefault(word, set()).add(chunk.state)
    declared = Declared(words, {}, dynamic=False)
    for chunk in chunks:
        for kind, targets in chunk.requisites.items():
            for module, target in targets:
                if module == "sls":
                    missing = not any(fnmatchcase(name, target) for name in files)
                else:
                    missing = not declared.has(module.partition(".")[0], target)
                file = tree.sources.get(chunk.at.file)
                # what stands in the file is told at its own line
                if missing and (file is None or target not in file.text):
                    written = f"{module}: {target}" if module else target
                    hint = _near(target, files if module == "sls" else words)
                    told = f"{kind!r} of {chunk.function} names {written!r}, which nothing declares"
                    yield RULE.at(chunk.at, told, hint)
