"""Values in the settings top file, the one settings file that every node can read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from zester.compiler.assigned.top import is_top
from zester.compiler.checks.lint.finding import Finding, Rule
from zester.compiler.checks.lint.rules.secrets import names_secret
from zester.compiler.checks.lint.tree import LintTree
from zester.errors import At

RULE = Rule("value-in-top", "warning", "what looks like a secret in the settings top file")

_SET = re.compile(r"""{%-?\s*set\s+(?P<name>\w+)\s*=\s*(?P<q>["'])(?P<value>[^"']+)(?P=q)""")


def check_tops(tree: LintTree) -> Iterator[Finding]:
    """Yield variables of the settings top file that look like secrets."""
    root = tree.roots.settings or ""
    for source in tree.sources.values():
        if not source.path.startswith(root) or not is_top(source.path.removeprefix(root)):
            continue
        for found in _SET.finditer(source.text):
            if names_secret(found["name"], found["value"]):
                line, column = source.position(found.start("name"))
                yield RULE.at(
                    At(source.path, line, column),
                    f"{found['name']!r} can be read by every node",
                    "the top file says who gets which file; values belong into the files",
                )
