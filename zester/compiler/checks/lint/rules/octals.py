"""File modes that YAML would read as numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from zester.compiler.checks.lint.finding import Finding, Rule
from zester.compiler.checks.lint.pairs import pairs
from zester.compiler.checks.lint.tree import LintTree

RULE = Rule("unquoted-octal", "info", "a file mode without quotes")

_KEY = re.compile(r"(?:^|_)mode$")
_OCTAL = re.compile(r"0[0-7]{3,4}")


def check_octals(tree: LintTree) -> Iterator[Finding]:
    """Yield modes such as ``0644`` without quotes."""
    for source in tree.sources.values():
        if "mode" not in source.text:
            continue
        for pair in pairs(source):
            if _KEY.search(pair.key) and _OCTAL.fullmatch(pair.written):
                yield RULE.at(
                    pair.at,
                    f"{pair.key}: {pair.written} is octal only because Zester keeps it as text",
                    f"quote it: '{pair.written}'",
                )
