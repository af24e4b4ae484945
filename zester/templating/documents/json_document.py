"""JSON as state files use it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from zester.targeting.value import Value
from zester.templating.documents.document import MAX_DEPTH, Document, parse
from zester.templating.documents.fault import Fault


def parse_json(text: str) -> Document:
    """Parse a text, a first line ``#!…`` aside; raises Fault."""
    body = text
    if body.startswith("#!"):
        line = body.partition("\n")[0]
        body = " " * len(line) + body[len(line) :]
    if not body.strip():
        return Document(None)
    try:
        data = json.loads(body)
    except json.JSONDecodeError as error:
        message = error.msg[:1].lower() + error.msg[1:]
        raise Fault(f"not JSON: {message}", error.pos) from error
    except RecursionError as error:
        raise Fault("nested too deeply", 0) from error
    except ValueError as error:
        raise Fault(f"not JSON: {error}", 0) from error  # a number of too many digits
    _check(data, body)
    return Document(data, _offsets(body))


def _check(data: Value, body: str) -> None:
    """Raise Fault for what could not be handled later: lone surrogates, deep nesting."""
    waiting = [(data, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise Fault(f"nested deeper than {MAX_DEPTH} levels", len(body) - len(body.lstrip()))
        if isinstance(value, str):
            if any("\ud800" <= char <= "\udfff" for char in value):
                raise Fault("a lone surrogate is not text", body.find("\\u"))
        elif isinstance(value, dict):
            waiting.extend((key, depth) for key in value)
            waiting.extend((item, depth + 1) for item in value.values())
        elif isinstance(value, list):
            waiting.extend((item, depth + 1) for item in value)


def _offsets(body: str) -> Mapping[tuple[Value, ...], int]:
    """Where keys stand: nearly all JSON is YAML, and where it is not, places are not known."""
    try:
        return parse(body).offsets
    except Fault:
        return {}
