"""What is no template, no YAML or no state file; and what does not compile."""

from __future__ import annotations

from collections.abc import Iterator

from zester.compiler.checks.lint.finding import Finding, Rule
from zester.compiler.checks.lint.tree import LintTree
from zester.compiler.checks.tree import check_tree
from zester.errors import At, SourceError

SYNTAX = Rule("syntax", "error", "no UTF-8, no Jinja, no YAML, or not what a state file holds")
MISSING_INCLUDE = Rule("missing-include", "error", "an include or assignment that leads nowhere")
UNREADABLE = Rule("unreadable", "warning", "a file that cannot be read or is too long")
COMPILE = Rule("compile", "error", "the tree does not compile for the node of --facts")

_MISSING = ("there is no state file", "there is no settings file")


def check_syntax(tree: LintTree) -> Iterator[Finding]:
    """Yield what a push would refuse, what could not be read, and what does not compile."""
    unknown = {
        (source.path, named.line)
        for source in tree.sources.values()
        for named in (*source.uses.filters, *source.uses.tests)
    }
    told: set[tuple[str, int | None]] = set()
    for problem in check_tree(tree.files):
        place = _place(problem)
        told.add((place.file, place.line))
        if (place.file, place.line) not in unknown:  # told by a rule of its own
            rule = MISSING_INCLUDE if problem.message.startswith(_MISSING) else SYNTAX
            yield rule.at(place, problem.message, problem.hint)
    for path, problem in tree.files.problems.items():
        yield UNREADABLE.at(At(path), problem.message, problem.hint)
    for problem in tree.compiled.problems if tree.wish.given else ():
        place = _place(problem)
        if (place.file, place.line) not in told | unknown:
            told.add((place.file, place.line))
            led = f" (from {', '.join(map(str, problem.trail))})" if problem.trail else ""
            yield COMPILE.at(place, problem.message + led, problem.hint)


def _place(problem: SourceError) -> At:
    return problem.at or At("")
