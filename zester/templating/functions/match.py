"""``match.compound`` and relatives: does a target mean this node?"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

from zester.errors import RenderError, TargetError
from zester.targeting.matcher import match
from zester.targeting.parser import parse_target
from zester.targeting.paths import MISSING, lookup
from zester.targeting.value import Value
from zester.templating.merging import plain_copy, update
from zester.templating.regexes.backtracking import check_pattern
from zester.templating.regexes.targets import check_expression
from zester.templating.scope import Scope


def compound(scope: Scope, tgt: Value, minion_id: Value = None) -> bool:
    return _match(scope, _text(tgt, " "), "compound", minion_id)


def glob(scope: Scope, tgt: Value, minion_id: Value = None) -> bool:
    return _match(scope, tgt, "glob", minion_id)


def pcre(scope: Scope, tgt: Value, minion_id: Value = None) -> bool:
    return _match(scope, tgt, "pcre", minion_id)


def list_(scope: Scope, tgt: Value, minion_id: Value = None) -> bool:
    """Return whether the node is one of a list, or of a text with commas."""
    return _match(scope, _text(tgt, ","), "list", minion_id)


def grain(scope: Scope, tgt: Value, delimiter: str = ":") -> bool:
    return _match_data(scope, scope.facts, tgt, delimiter, "grain")


def grain_pcre(scope: Scope, tgt: Value, delimiter: str = ":") -> bool:
    return _match_data(scope, scope.facts, tgt, delimiter, "grain_pcre")


def pillar(scope: Scope, tgt: Value, delimiter: str = ":") -> bool:
    return _match_data(scope, scope.settings, tgt, delimiter, "pillar")


def pillar_pcre(scope: Scope, tgt: Value, delimiter: str = ":") -> bool:
    return _match_data(scope, scope.settings, tgt, delimiter, "pillar_pcre")


def label(scope: Scope, tgt: Value) -> bool:
    return _match(scope, tgt, "label", None)


def ipcidr(scope: Scope, tgt: Value) -> bool:
    return _match(scope, tgt, "ipcidr", None)


def nodegroup(scope: Scope, tgt: Value) -> bool:
    return _match(scope, tgt, "nodegroup", None)


def data(scope: Scope, tgt: Value) -> bool:
    """Answer False: there is no data store on a node."""
    return False


def filter_by(
    scope: Scope,
    lookup: Mapping[Value, Value],
    tgt_type: str = "compound",
    minion_id: Value = None,
    merge: Value = None,
    merge_lists: bool = False,
    default: Value = "default",
) -> Value:
    """Return the first entry whose key, a target, means the node; with ``merge`` on top."""
    for target, entry in lookup.items():
        if not _kind(tgt_type, scope, target, minion_id):
            continue
        if merge:
            if not isinstance(merge, Mapping):
                raise TypeError("match.filter_by: merge must be a mapping")
            if entry is None:
                return merge
            update(entry, plain_copy(merge), merge_lists=merge_lists)
        return entry
    return lookup.get(default)


def search_by(
    scope: Scope,
    lookup: Mapping[Value, Iterable[Value]],
    tgt_type: str = "compound",
    minion_id: Value = None,
) -> list[Value] | None:
    """Return the keys of the targets that mean the node, one key for each target."""
    found = [
        key
        for key, targets in lookup.items()
        for target in targets
        if _kind(tgt_type, scope, target, minion_id)
    ]
    return found or None


def ifelse(scope: Scope, *args: Value, tgt_type: str = "compound", **options: Value) -> Value:
    """``ifelse(target, value, …, default)``: the value after the first target that means the node.

    True means every node, False none.
    """
    if len(args) % 2 == 0:
        raise TypeError("ifelse takes pairs and a default")
    pairs = zip(args[:-1:2], args[1::2], strict=True)
    table = {
        "*" if target is True else None if target is False else target: value
        for target, value in pairs
    }
    table.pop(None, None)
    return filter_by(
        scope, {**table, MISSING: args[-1]}, tgt_type=tgt_type, default=MISSING, **options
    )


_KINDS: Mapping[str, Callable[..., bool]] = {
    "compound": compound,
    "glob": glob,
    "grain": grain,
    "grain_pcre": grain_pcre,
    "ipcidr": ipcidr,
    "list": list_,
    "nodegroup": nodegroup,
    "pcre": pcre,
    "pillar": pillar,
    "pillar_pcre": pillar_pcre,
}


def _kind(kind: str, scope: Scope, target: Value, minion_id: Value) -> bool:
    if target is MISSING:
        return False
    function = _KINDS.get(kind)
    if function is None:
        raise RenderError(f"unknown kind of match {kind!r}", hint=f"there are {', '.join(_KINDS)}")
    if minion_id and kind in ("compound", "glob", "list", "pcre"):
        return function(scope, target, minion_id)
    return function(scope, target)


def _text(target: Value, joint: str) -> str:
    return joint.join(map(str, target)) if isinstance(target, list | tuple) else str(target)


def _match(scope: Scope, target: Value, kind: str, minion_id: Value) -> bool:
    """Return whether the target means the node; as in Salt one that does not parse means none."""
    node = replace(scope.node, facts=scope.facts, settings=scope.settings)
    if minion_id is not None:
        node = replace(node, id=str(minion_id))
    try:
        expression = parse_target(str(target), kind=kind)
        check_expression(expression, node)
        return match(expression, node)
    except TargetError as error:
        logger = logging.getLogger("zester.template")
        logger.error("target of a template does not parse", extra={"problem": error.message})
        return False


def _match_data(
    scope: Scope, data: Mapping[str, Value], target: Value, delimiter: str, kind: str
) -> bool:
    if delimiter == ":":
        return ":" in str(target) and _match(scope, target, kind, None)
    parts = str(target).split(delimiter)
    for border in range(len(parts) - 1, 0, -1):
        value = lookup(data, delimiter.join(parts[:border]), MISSING, delimiter=delimiter)
        pattern = delimiter.join(parts[border:])
        for item in value if isinstance(value, list | tuple | Mapping) else [value]:
            if item is not MISSING and _compare(str(item), pattern, kind.endswith("pcre")):
                return True
    return False


def _compare(text: str, pattern: str, regular: bool) -> bool:
    text, pattern = text.lower(), pattern.lower()
    if not regular:
        return fnmatchcase(text, pattern)
    check_pattern(pattern, 0, text, search=False)
    try:
        return re.match(pattern, text) is not None
    except re.error:
        return False
