"""Whether rules (CEL) will be taken, and will do what they say on every object."""

from __future__ import annotations

import re
from collections.abc import Iterator

from zester.resources.kubernetes.structural.schema import (
    INT_OR_STRING,
    LIST_TYPE,
    MAP_TYPE,
    OBJECT_FIELDS,
    PRESERVE,
    VALIDATIONS,
    Schema,
    properties,
    values,
)

FUNCTIONS = frozenset(
    {
        *("has", "size", "all", "exists", "exists_one", "map", "filter"),
        *("matches", "startsWith", "endsWith", "contains"),
    }
)
"""What every server from 1.26 on knows, and every evaluator outside of one."""

_TEXT = re.compile(r"""[rR]?'(?:\\.|[^'\\])*'|[rR]?"(?:\\.|[^"\\])*\"""")
_RAW = re.compile(r"""[rR]'[^']*'|[rR]"[^"]*\"""")
_CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
_CHAIN = re.compile(r"\b(self|oldSelf)((?:\.[A-Za-z_]\w*)*)")
_HAS = re.compile(r"has\(\s*((?:self|oldSelf)(?:\.\w+)+)\s*\)")
_ESCAPED = re.compile(r"__([a-z]+)__")
_WHOLE = re.compile(r"\b(?:self|oldSelf)\b(?!\s*\.\s*[A-Za-z_]\w*\b(?!\s*\())")


def rule_problems(schema: Schema, place: str) -> Iterator[str]:
    """Tell what is wrong with the rules of a schema and of everything in it."""
    yield from _visit(schema, place, correlated=True, bounded=True, root=True)


def _visit(
    schema: Schema, place: str, *, correlated: bool, bounded: bool, root: bool = False
) -> Iterator[str]:
    for found in schema.get(VALIDATIONS, ()):
        text = found["rule"]
        where = f"{place}: rule {text!r}"
        if not bounded:
            yield f"{where} is below a list or map without a limit: it costs too much"
        yield from (f"{where} {told}" for told in _rule(schema, text, correlated, root))
        if not found.get("message") or "\n" in found["message"] or len(found["message"]) > 2048:
            yield f"{where} needs a message of one line"
    keeps = schema.get(MAP_TYPE, "granular") != "atomic"
    for name, inner in properties(schema).items():
        yield from _visit(
            inner, f"{place}.{name}", correlated=correlated and keeps, bounded=bounded
        )
    rest = values(schema)
    if rest is not None:
        limited = bounded and "maxProperties" in schema
        yield from _visit(rest, f"{place}[]", correlated=correlated and keeps, bounded=limited)
    if "items" in schema:
        same = correlated and schema.get(LIST_TYPE) == "map"
        limited = bounded and "maxItems" in schema
        yield from _visit(schema["items"], f"{place}[]", correlated=same, bounded=limited)


def _rule(schema: Schema, text: str, correlated: bool, root: bool) -> Iterator[str]:
    if "\n" in text or not text.strip():
        yield "must be one line"
    code = _TEXT.sub("''", _RAW.sub("''", text))
    if "oldSelf" in code and not correlated:
        yield "compares with what was before, which is not known in such a list"
    for name in sorted(set(_CALL.findall(code)) - FUNCTIONS):
        yield f"calls {name}(), which not every server knows"
    if schema.get(PRESERVE) and "type" not in schema:
        yield "is about a value of any type, which rules do not see"
        return
    guarded = set(_HAS.findall(code))
    reached = []
    for match in _CHAIN.finditer(code):
        end, told = _follow(schema, match, code, guarded, root)
        if told:
            yield told
        elif end is not None:
            reached.append(end)
    sized = [schema] if _WHOLE.search(code) else []
    named = set(re.findall(r"[A-Za-z_]\w*", code))
    for each in [*sized, *reached]:
        yield from _unlimited(each, None if each is schema else named)


def _follow(
    schema: Schema, match: re.Match[str], code: str, guarded: set[str], root: bool
) -> tuple[Schema | None, str]:
    """Walk ``self.a.b``; return the schema at its end, or what is wrong on the way."""
    node, path = schema, match[1]
    names = match[2].split(".")[1:]
    if names and code[match.end() :].startswith("("):
        names.pop()  # a call on what stands before it
    for name in names:
        plain = _ESCAPED.sub(r"\1", name)
        if root and path == match[1] and plain in OBJECT_FIELDS:
            return None, ""
        inner = properties(node).get(plain)
        if inner is None:
            return None, f"names {path}.{plain}, which is not declared"
        path = f"{path}.{name}"
        sure = plain in node.get("required", ()) or inner.get("default") is not None
        if not sure and path not in guarded:
            return None, f"needs has({path}): it may not be there"
        node = inner
    return (node if names else None), ""


def _unlimited(schema: Schema, named: set[str] | None) -> Iterator[str]:
    """Tell what has no limit, of everything or of the fields that are ``named``."""
    kind = schema.get("type")
    if schema.get(PRESERVE):
        return
    if kind == "string" or schema.get(INT_OR_STRING):
        if not {"maxLength", "enum", "format"} & set(schema):
            yield "touches a text without maxLength: it costs too much"
    elif kind == "array":
        if "maxItems" not in schema:
            yield "touches a list without maxItems: it costs too much"
        yield from _unlimited(schema["items"], named)
    elif kind == "object":
        rest = values(schema)
        if rest is not None:
            if "maxProperties" not in schema:
                yield "touches a map without maxProperties: it costs too much"
            yield from _unlimited(rest, named)
        for name, inner in properties(schema).items():
            if named is None or name in named:
                yield from _unlimited(inner, named)
