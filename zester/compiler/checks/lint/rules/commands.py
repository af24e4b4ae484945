"""Commands that run each time."""

from __future__ import annotations

from collections.abc import Iterator

from zester.compiler.checks.lint.finding import Finding, Rule
from zester.compiler.checks.lint.grammar import GUARDS
from zester.compiler.checks.lint.nodes import scalars
from zester.compiler.checks.lint.outline import Outline
from zester.compiler.checks.lint.tree import LintTree

RULE = Rule("unguarded-command", "info", "a command that runs each time")

_COMMANDS = ("cmd.run", "cmd.script")
_FIRED = ("onchanges_in", "onfail_in", "prereq_in", "use_in")


def check_commands(tree: LintTree) -> Iterator[Finding]:
    """Yield commands without anything that says when they are needed."""
    for source in tree.states.values():
        for outline in source.shapes():
            guarded = _guarded(outline)
            for call in outline.calls:
                if call.function not in _COMMANDS or not call.complete or call.id in guarded:
                    continue
                if not any(argument.name in GUARDS for argument in call.arguments):
                    yield RULE.at(
                        source.place(outline.at(call.start), call.function),
                        f"{call.function} of {call.id!r} runs each time",
                        "say when it is needed: unless, onlyif, creates or onchanges",
                    )


def _guarded(outline: Outline) -> frozenset[str]:
    """Return what other states, or extensions, guard."""
    found = {
        scalar.text
        for call in outline.calls
        for argument in call.arguments
        if argument.name in _FIRED
        for _, scalar in scalars(argument.value)
    }
    return frozenset(found | {call.id for call in outline.extensions})
