"""Filters that look into mappings and change them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from jinja2 import pass_environment

from zester.errors import RenderError
from zester.targeting.value import Value
from zester.templating.documents.document import parse
from zester.templating.documents.fault import Fault
from zester.templating.filters.texts import to_bytes, to_num

if TYPE_CHECKING:
    from zester.templating.jinja.environment import TemplateEnvironment

DELIMITER = ":"
_ABSENT: Value = object()
_NULLS = ("None", "null", "Null", "NULL", "~")


def traverse(data: Value, key: Value, default: Value = None, delimiter: str = DELIMITER) -> Value:
    """Return the value at a path of keys and indexes; also a list of keys, or one index.

    A step into a list is first tried as a key of the mappings in it. A key that is not there as
    text is tried as what YAML reads in it (``80`` the number).
    """
    steps = key.split(delimiter) if isinstance(key, str) else [key] if isinstance(key, int) else key
    for step in steps:
        data = _item(data, step) if isinstance(data, list) else _value(data, step)
        if data is _ABSENT:
            return default
    return data


def _item(items: list[Value], step: Value) -> Value:
    try:
        key = int(step)
    except ValueError:
        key = step
    for item in items:
        if isinstance(item, dict) and key in item:
            return item[key]
    if not isinstance(key, int):
        return _ABSENT
    return items[key] if -len(items) <= key < len(items) else _ABSENT


def _value(data: Value, step: Value) -> Value:
    try:
        return data[step]
    except TypeError:
        return _ABSENT
    except KeyError:
        key = _as_yaml(step)
    return data.get(key, _ABSENT) if isinstance(data, Mapping) else _ABSENT


def _as_yaml(step: Value) -> Value:
    if step in _NULLS:
        return None
    if not isinstance(step, str) or (step.strip("0123456789_") == "" and "_" in step):
        return step
    try:
        loaded = parse(step).data
    except Fault:
        return step
    return loaded if isinstance(loaded, int | float) else step


def json_query(data: Value, expression: str) -> Value:
    """Answer a JMESPath expression."""
    import jmespath  # late: few templates use it

    return jmespath.search(expression, data)


def set_key(
    mapping: Value, keys: str, value: Value, delimiter: str = DELIMITER, ordered_dict: bool = False
) -> Value:
    parent, key = _parent(mapping, keys, delimiter, ordered_dict)
    parent[key] = value
    return mapping


def append_key(
    mapping: Value, keys: str, value: Value, delimiter: str = DELIMITER, ordered_dict: bool = False
) -> Value:
    target = _made(_parent(mapping, keys, delimiter, ordered_dict), [])
    if not hasattr(target, "append"):
        raise RenderError(f"nothing can be appended to {keys!r}: it is a {_kind(target)}")
    target.append(value)
    return mapping


@pass_environment
def extend_key(
    environment: TemplateEnvironment,
    mapping: Value,
    keys: str,
    value: Iterable[Value],
    delimiter: str = DELIMITER,
    ordered_dict: bool = False,
) -> Value:
    target = _made(_parent(mapping, keys, delimiter, ordered_dict), [])
    if not hasattr(target, "extend"):
        raise RenderError(f"{keys!r} cannot be extended: it is a {_kind(target)}")
    added = list(value)
    environment.budget.items(len(target) + len(added))
    target.extend(added)
    return mapping


def update_key(
    mapping: Value, keys: str, value: Value, delimiter: str = DELIMITER, ordered_dict: bool = False
) -> Value:
    target = _made(_parent(mapping, keys, delimiter, ordered_dict), _empty(ordered_dict))
    if not hasattr(target, "update"):
        raise RenderError(f"{keys!r} cannot be updated: it is a {_kind(target)}")
    target.update(value)
    return mapping


def _parent(mapping: Value, keys: str, delimiter: str, ordered: bool) -> tuple[Value, str]:
    *path, last = keys.split(delimiter)
    for key in path:
        if not isinstance(mapping.get(key), dict):
            mapping[key] = _empty(ordered)
        mapping = mapping[key]
    return mapping, last


def _made(place: tuple[Value, str], empty: Value) -> Value:
    parent, key = place
    if parent.get(key) is None:
        parent[key] = empty
    return parent[key]


def _empty(ordered: bool) -> dict[str, Value]:
    return OrderedDict() if ordered else {}


def _kind(value: Value) -> str:
    return type(value).__name__


def compare_dicts(
    old: Mapping[Value, Value] | None, new: Mapping[Value, Value] | None
) -> dict[Value, dict[str, Value]]:
    """Return ``{key: {old, new}}`` of what differs; what is missing on a side is empty text."""
    before, after = old or {}, new or {}
    result: dict[Value, dict[str, Value]] = {}
    for key in {**before, **after}:
        if key not in before:
            result[key] = {"old": "", "new": after[key]}
        elif key not in after:
            result[key] = {"new": "", "old": before[key]}
        elif after[key] != before[key]:
            result[key] = {"old": before[key], "new": after[key]}
    return result


def to_entries(data: Value) -> list[dict[str, Value]]:
    """Return ``[{key, value}]`` of a mapping, or of a list with its indexes as keys."""
    if isinstance(data, dict):
        pairs: Iterable[tuple[Value, Value]] = data.items()
    elif isinstance(data, list):
        pairs = enumerate(data)
    else:
        raise RenderError("to_entries takes a mapping or a list")
    return [{"key": key, "value": value} for key, value in pairs]


def from_entries(entries: Iterable[Mapping[str, Value]]) -> dict[Value, Value]:
    """Return a mapping of ``[{key or name, value}]``, in whatever case these words are."""
    result: dict[Value, Value] = {}
    for entry in entries:
        words = {key.lower(): value for key, value in entry.items()}
        key = words.get("key") or words.get("name")
        if key:
            result[key] = words.get("value")
    return result


def mysql_to_dict(lines: Iterable[str], key: str) -> dict[Value, dict[str, Value]]:
    """Return the rows of a table that the mysql client drew, by the value of a column."""
    names: list[str] = []
    rows: dict[Value, dict[str, Value]] = {}
    for line in lines:
        if not line or line.startswith("+"):
            continue
        cells = [cell.strip() for cell in line.split("|")][1:]
        if len(names) > 1:
            row = {name: to_num(cell) for name, cell in zip(names[:-1], cells, strict=False)}
            rows[row[key]] = row
        else:
            names = cells
    return rows


def encode_dict(data: Mapping[Value, Value]) -> dict[Value, Value]:
    """Return a copy whose texts are bytes."""
    return {_encoded(key): _encoded(value) for key, value in data.items()}


def encode_list(data: Iterable[Value]) -> list[Value]:
    return [_encoded(item) for item in data]


def _encoded(value: Value) -> Value:
    if isinstance(value, Mapping):
        return encode_dict(value)
    if isinstance(value, list | tuple):
        return encode_list(value)
    return to_bytes(value) if isinstance(value, str) else value
