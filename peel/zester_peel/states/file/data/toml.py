"""Writing TOML; Python itself only reads it."""

from __future__ import annotations

import datetime as dates
import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_DELETE = "\x7f"


def write_toml(data: Any) -> str:  # noqa: ANN401 - data of a tree
    """Return a document, without a last newline; raises TypeError for what TOML cannot hold.

    The order is kept, except that plain values come before tables, as they have to.
    """
    if not isinstance(data, Mapping):
        raise TypeError(f"a document is a map, not {_kind(data)}")
    return "\n".join(_table((), data)).strip("\n")


def _table(path: tuple[str, ...], table: Mapping[Any, Any]) -> Iterator[str]:
    """Yield the lines of a table without its head: first what is plain, then its tables."""
    below: list[tuple[str, Any]] = []
    for key, value in table.items():
        if isinstance(value, Mapping) or _is_tables(value):
            below.append((_key(key), value))
        else:
            yield f"{_key(key)} = {_value(value)}"
    for name, value in below:
        inner = (*path, name)
        if not isinstance(value, Mapping):
            for each in value:
                yield from ("", f"[[{'.'.join(inner)}]]", *_table(inner, each))
            continue
        plain = any(not isinstance(each, Mapping) for each in value.values())
        if plain or not value:  # a head for tables only says nothing
            yield from ("", f"[{'.'.join(inner)}]")
        yield from _table(inner, value)


def _is_tables(value: object) -> bool:
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(each, Mapping) for each in value)
    )


def _key(key: object) -> str:
    if isinstance(key, bool):
        text = "true" if key else "false"
    elif isinstance(key, str | int | float | dates.date):
        text = str(key)
    else:
        raise TypeError(f"a key is text, not {_kind(key)}")
    return text if _BARE.fullmatch(text) else _text(text)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else repr(value).replace("Infinity", "inf")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dates.datetime | dates.date | dates.time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(each) for each in value)}]"
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_key(key)} = {_value(each)}" for key, each in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    raise TypeError(f"it has no form for {_kind(value)}")


def _text(text: str) -> str:
    """Return a basic string: JSON's escapes are TOML's too, all but one that has to be."""
    return json.dumps(text, ensure_ascii=False).replace(_DELETE, "\\u007f")


def _kind(value: object) -> str:
    return "null" if value is None else type(value).__name__
