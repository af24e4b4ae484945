"""Ids that two files of one node declare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from zester.compiler.checks.lint.finding import Finding, Rule
from zester.compiler.checks.lint.outline import opaque
from zester.compiler.checks.lint.tree import LintTree
from zester.errors import At

RULE = Rule("duplicate-id", "error", "an id that two files declare which come together")

EVERYWHERE = "*"


def check_duplicates(tree: LintTree) -> Iterator[Finding]:
    """Yield ids outside of any condition that come twice to a node."""
    certain = {name: _certain(tree, name) for name in tree.states}
    included = {match for names in certain.values() for match in names}
    ids = {name: dict(_ids(tree, name)) for name in tree.states}
    groups = [[name] for name in tree.states if name not in included]
    everywhere: list[str] = []
    for target, names in tree.assigned():
        assigned = [match for pattern, _ in names for match in tree.matching(pattern)]
        everywhere += assigned if target == EVERYWHERE else []
        groups.append(assigned)
    told: set[tuple[str, str, str]] = set()
    for group in [*groups, everywhere]:
        first: dict[str, str] = {}
        for name in _closure(group, certain):
            for id_, at in ids[name].items():
                other = first.setdefault(id_, name)
                if other != name and (id_, other, name) not in told:
                    told.add((id_, other, name))
                    yield RULE.at(
                        at,
                        f"id {id_!r} is declared twice: also at {ids[other][id_]}",
                        "ids are unique over all files of a node: rename one, or use 'extend'",
                    )


def _ids(tree: LintTree, name: str) -> Iterator[tuple[str, At]]:
    source = tree.states[name]
    outline = source.outlines.get("none")
    if outline is None:
        return
    for id_, start in outline.ids:
        if not opaque(id_):
            yield id_, source.place(outline.at(start), id_)


def _certain(tree: LintTree, name: str) -> list[str]:
    """Return what a state file includes whatever the node."""
    source = tree.states[name]
    outline = source.outlines.get("none")
    if outline is None:
        return []
    written = (sls for sls, _ in tree.included(source, outline))
    return [sls for sls in written if sls in tree.states]


def _closure(names: Iterable[str], includes: dict[str, list[str]]) -> list[str]:
    found: dict[str, None] = {}
    pending = list(names)
    while pending:
        name = pending.pop()
        if name not in found:
            found[name] = None
            pending.extend(includes[name])
    return sorted(found)
