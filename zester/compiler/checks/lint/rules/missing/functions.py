"""State functions that do not exist, and those of Salt that this version does not carry out."""

from __future__ import annotations

from collections.abc import Iterator

from zester.compiler.checks.lint.catalogue import Catalogue
from zester.compiler.checks.lint.finding import Finding, Rule, nearest
from zester.compiler.checks.lint.outline import opaque
from zester.compiler.checks.lint.tree import LintTree
from zester.errors import At

UNKNOWN = Rule("unknown-function", "error", "a state function that nothing knows")
UNSUPPORTED = Rule("unsupported-function", "info", "a state function of Salt, not carried out yet")


def check_functions(tree: LintTree) -> Iterator[Finding]:
    """Yield each unknown function, and each of Salt's once a file."""
    catalogue = tree.catalogue
    custom = tree.custom("_states")
    told: set[tuple[str, str]] = set()
    for function, at in _called(tree):
        module, _, fun = function.partition(".")
        if function in catalogue.states or module in custom or not fun:
            continue
        if function in catalogue.salt_states or module in catalogue.states_elsewhere:
            if (at.file, function) not in told:
                told.add((at.file, function))
                yield UNSUPPORTED.at(
                    at,
                    f"{function!r} is a state function of Salt that this version does not know",
                    "the rest of the tree works; this state fails",
                )
        else:
            yield UNKNOWN.at(
                at, f"there is no state function {function!r}", _meant(function, catalogue)
            )


def _called(tree: LintTree) -> Iterator[tuple[str, At]]:
    for source in tree.states.values():
        for outline in source.shapes():
            for call in (*outline.calls, *outline.extensions):
                if call.fun and not opaque(call.function):
                    yield call.function, source.place(outline.at(call.start), call.state)
    for group in tree.compiled.groups:
        for chunk in group:
            yield chunk.function, chunk.at


def _meant(function: str, catalogue: Catalogue) -> str | None:
    return nearest(function, sorted(catalogue.states)) or nearest(
        function, sorted(catalogue.salt_states)
    )
