"""Parameters that a state function does not take."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from zester.compiler.checks.lint.finding import Finding, Rule, nearest
from zester.compiler.checks.lint.grammar import OPTIONS, REQUISITES, is_option
from zester.compiler.checks.lint.outline import opaque
from zester.compiler.checks.lint.tree import LintTree
from zester.errors import At

UNKNOWN = Rule("unknown-parameter", "error", "a parameter that the state function does not take")
UNSUPPORTED = Rule("unsupported-parameter", "info", "a parameter of Salt, not carried out yet")

_ANY = "*"


def check_parameters(tree: LintTree) -> Iterator[Finding]:
    """Yield what is unknown, by the written files and by what they compile to."""
    for function, name, at in _given(tree):
        finding = _judge(tree, function, name, at)
        if finding is not None:
            yield finding


def _given(tree: LintTree) -> Iterator[tuple[str, str, At]]:
    for source in tree.states.values():
        for outline in source.shapes():
            for call in (*outline.calls, *outline.extensions):
                if call.fun and not opaque(call.function):
                    for argument in call.arguments:
                        at = source.place(outline.at(argument.start), argument.name)
                        yield call.function, argument.name, at
    written = {source.path: source for source in tree.states.values()}
    for group in tree.compiled.groups:
        for chunk in group:
            for name in chunk.args:
                file = written.get(chunk.at.file)
                # what stands in the file is told at its own line
                if file is None or f"{name}:" not in file.text:
                    yield chunk.function, str(name), chunk.at


def _judge(tree: LintTree, function: str, name: str, at: At) -> Finding | None:
    own = tree.catalogue.states.get(function)
    salt = tree.catalogue.salt_states.get(function, frozenset())
    if is_option(name) or (own is None and not salt):
        return None
    message = f"{function} takes no parameter {name!r}"
    known = sorted({*(own or ()), *salt, *OPTIONS, *REQUISITES} - {_ANY})
    if own is not None and name not in own:
        if name in salt:
            told = f"{name!r} is a parameter of Salt's {function} that this version does not know"
            return UNSUPPORTED.at(at, told, "this state fails as long as it is there")
        return UNKNOWN.at(at, message, nearest(name, sorted(own)) or nearest(name, known))
    if own is None and name not in salt:
        near = get_close_matches(name, known, n=1, cutoff=0.8)
        if _ANY not in salt or near:
            hint = f"did you mean {near[0]!r}?" if near else None
            return UNKNOWN.at(at, message, hint, severity="warning")
    return None
