"""``salt://`` files that are not in the tree."""

from __future__ import annotations

from collections.abc import Iterator

from zester.compiler.checks.lint.finding import Finding, Rule, nearest
from zester.compiler.checks.lint.nodes import Node, Scalar, Sequence
from zester.compiler.checks.lint.outline import opaque
from zester.compiler.checks.lint.tree import LintTree

RULE = Rule("missing-source", "warning", "a salt:// file that is not in the tree")

_SCHEMES = ("salt://", "zester://")


def check_sources(tree: LintTree) -> Iterator[Finding]:
    """Yield constant sources that lead nowhere; of a list only if all its items do."""
    files = tree.root_files
    hints: dict[str, str | None] = {}
    for source in tree.states.values():
        if "://" not in source.text:
            continue
        for outline in source.shapes():
            for call in (*outline.calls, *outline.extensions):
                for argument in call.arguments:
                    missing = _missing(argument.value, files)
                    if missing is not None:
                        path = _path(missing.text)
                        if path not in hints:
                            hints[path] = nearest(path, files)
                        yield RULE.at(
                            source.place(outline.at(missing.start), missing.text),
                            f"there is no file {path!r} in the tree",
                            hints[path],
                        )


def _missing(value: Node, files: frozenset[str]) -> Scalar | None:
    """Return the first of a value's sources when none of them is there."""
    items = value.items if isinstance(value, Sequence) else [value]
    texts = [item for item in items if isinstance(item, Scalar)]
    if len(texts) != len(items):
        return None
    for item in texts:
        if not item.text.startswith(_SCHEMES) or opaque(item.text) or "{" in item.text:
            return None
        if _path(item.text) in files:
            return None
    return texts[0] if texts else None


def _path(url: str) -> str:
    return url.partition("://")[2].partition("?")[0].strip("/")
