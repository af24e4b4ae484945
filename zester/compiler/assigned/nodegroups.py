"""Node groups of a tree: the file ``nodegroups.yaml`` at its root.

The file maps each group's name to a target expression, or to a list as Salt takes it: of node ids,
or of the words of an expression. It is data, not a template. Groups the node view already has (the
command line's ``--nodegroups``) replace the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from zester.errors import At, CompileError
from zester.targeting.node import NodeView
from zester.targeting.value import Value
from zester.templating.documents.document import load
from zester.templating.recorded import RecordedFiles
from zester.templating.renderer import decode

FILE = "nodegroups.yaml"

_OPERATORS = frozenset(("and", "or", "not", "(", ")"))
_MATCHER = re.compile(r"[A-Z].?@|\w+:")
_REGEX = frozenset("([{\\?}])")


def with_groups(node: NodeView, trees: Mapping[str, RecordedFiles]) -> NodeView:
    """Return the node with the groups of the first tree that has any; raises SourceError."""
    if node.groups:
        return node
    for files in trees.values():
        data = files.read(FILE)
        if data is not None:
            return replace(node, groups=read_groups(decode(data, FILE), FILE))
    return node


def read_groups(text: str, file: str) -> dict[str, str]:
    """Return expressions by group name; raises YamlError, CompileError."""
    document = load(text, file)
    if document.data is None:
        return {}
    if not isinstance(document.data, Mapping):
        raise CompileError(
            "node groups are not a mapping", at=At(file, 1), hint="write 'name: expression'"
        )
    groups: dict[str, str] = {}
    for name, value in document.data.items():
        offset = document.offsets.get((name,), 0)
        at = At(file, text.count("\n", 0, offset) + 1)
        words = value.split() if isinstance(value, str) else value
        if not isinstance(words, list) or not words:
            raise CompileError(
                f"node group {name!r} is neither an expression nor a list of nodes", at=at
            )
        groups[str(name)] = _expression([str(word) for word in words])
    return groups


def _expression(words: list[Value]) -> str:
    """Words without operators, wildcards and matchers are node ids, or one regular expression."""
    plain = not _OPERATORS & set(words) and not any(
        "*" in word or _MATCHER.match(word) for word in words
    )
    if not plain:
        return " ".join(words)
    joined = ",".join(words)
    return f"E@{joined}" if _REGEX & set(joined) else f"L@{joined}"
