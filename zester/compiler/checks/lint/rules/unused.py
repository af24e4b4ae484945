"""State files, imports and macros that nothing uses."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from zester.compiler.checks.lint.finding import Finding, Rule
from zester.compiler.checks.lint.source import Source
from zester.compiler.checks.lint.tree import LintTree
from zester.errors import At

FILE = Rule("unused-file", "info", "a state file that nothing assigns or includes")
IMPORT = Rule("unused-import", "info", "an imported name that is never used")
MACRO = Rule("unused-macro", "info", "a macro that nothing calls")


def check_unused(tree: LintTree) -> Iterator[Finding]:
    """Yield what could be removed."""
    loaded = frozenset(
        name.removeprefix(".") for source in tree.sources.values() for name in source.uses.loaded
    )
    for source in tree.sources.values():
        yield from _imports(source, loaded)
        for macro in source.uses.macros:
            if macro.name not in loaded:
                at = source.word(macro.line, macro.name)
                yield MACRO.at(at, f"macro {macro.name!r} is never called")
    yield from _files(tree)


def _imports(source: Source, everywhere: frozenset[str]) -> Iterator[Finding]:
    uses = source.uses
    for bound in uses.bound:
        # what is included, or imported with context, sees the names that are known here
        shared = any(
            reference.inline or (reference.context and reference.line != bound.line)
            for reference in uses.references
        )
        if bound.name not in (everywhere if shared else uses.loaded):
            at = source.word(bound.line, bound.name)
            yield IMPORT.at(at, f"{bound.name!r} is imported and never used")


def _files(tree: LintTree) -> Iterator[Finding]:
    if tree.top is None:
        return  # a formula: others assign its files
    used: set[str] = set()
    for _, names in tree.assigned():
        for pattern, _ in names:
            for match in tree.matching(pattern):
                used |= tree.closure(match)
    referred = _referred(tree)
    for name, source in tree.states.items():
        if name not in used and source.path not in referred:
            at = At(source.path, 1, 1)
            yield FILE.at(at, f"nothing assigns or includes {name!r}", "remove it, or assign it")


def _referred(tree: LintTree) -> frozenset[str]:
    """Return the paths that templates import or include."""
    found: set[str] = set()
    for source in tree.sources.values():
        prefix = source.path.removesuffix(source.name)
        for reference in source.uses.references:
            path = (reference.path or "").removeprefix("salt://")
            if path.startswith("."):
                path = posixpath.join(posixpath.dirname(source.name), path)
            found.add(prefix + posixpath.normpath(path))
    return frozenset(found)
