"""All findings of a tree."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from zester.compiler.checks.lint.compilation import DEFAULT_FACTS
from zester.compiler.checks.lint.finding import Finding
from zester.compiler.checks.lint.readable import ReadableFiles
from zester.compiler.checks.lint.rules.table import CHECKS, RULES
from zester.compiler.checks.lint.suppression import UNUSED, suppress
from zester.compiler.checks.lint.tree import LintTree, Wish
from zester.resources.files import Files
from zester.targeting.node import NodeView
from zester.targeting.value import Value


def lint_tree(
    files: Files,
    *,
    node: NodeView | None = None,
    settings: Mapping[str, Value] | None = None,
    rules: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Return the findings of a tree, sorted by place; pure, and never raises for what files hold.

    With a ``node`` the tree is compiled for it and what does not compile is a finding; without one
    it is compiled, where that works, for a node of no importance. ``settings`` replaces the tree's.
    ``rules`` are the ids to report, all when empty.
    """
    given = node is not None
    lint_node = node or NodeView(str(DEFAULT_FACTS["id"]), DEFAULT_FACTS)
    tree = LintTree(ReadableFiles(files), Wish(lint_node, settings, given))
    wanted = frozenset(rules) or frozenset(RULES)
    found: dict[tuple[str, int, str, str], Finding] = {}
    for check, own in CHECKS.items():
        # what a noqa hides is only known after every rule has spoken
        if UNUSED.id in wanted or any(rule.id in wanted for rule in own):
            for finding in check(tree):
                found.setdefault(finding.key, finding)
    shown = suppress(found.values(), tree.sources, RULES)
    chosen = (finding for finding in shown if finding.rule in wanted)
    return tuple(sorted(chosen, key=_order))


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    return (finding.file, finding.line, finding.column, finding.rule, finding.message)
