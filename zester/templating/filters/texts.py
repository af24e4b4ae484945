"""Filters for single values and texts."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Hashable, Iterable
from typing import NoReturn

from jinja2 import Undefined

from zester.errors import RenderError
from zester.targeting.value import Value

_YES = frozenset(("yes", "1", "true"))
_SIZE = re.compile(r"([0-9.]*)\s*(.*)$")
_UNITS = "bkmgtpezy"
_DECIMAL_UNIT = re.compile(r"[kmgtpezy]b$")
_BINARY_UNIT = re.compile(r"(b|[kmgtpezy](ib)?)$")
_SAFE_IN_SHELL = re.compile(r"[\w@%+=:,./-]+", re.ASCII)


def skip(value: Value) -> str:
    """Print nothing."""
    return ""


def to_bool(value: Value) -> bool:
    """Salt's idea of truth: ``yes``, ``1`` and ``true`` as text, whole numbers above zero, and
    lists and mappings that hold something."""
    if value is None or isinstance(value, bool):
        return bool(value)
    if isinstance(value, str):
        return value.lower() in _YES
    if isinstance(value, int):
        return value > 0
    return not isinstance(value, Hashable) and len(value) > 0


def to_num(value: Value) -> Value:
    """Return the number a text is, the text where it is none."""
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value


def to_bytes(value: Value, encoding: Value = None, errors: str = "strict") -> bytes:
    """Encode a text; ``encoding`` is a name or a list of names to try."""
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    if not isinstance(value, str):
        _refuse(value)
    names = encoding if isinstance(encoding, list | tuple) else [encoding or "utf-8"]
    for name in names[:-1]:
        try:
            return value.encode(name, errors)
        except UnicodeEncodeError:
            continue
    return value.encode(names[-1], errors)


def to_text(value: Value) -> str:
    """Return a text, or bytes read as UTF-8."""
    if isinstance(value, bytes | bytearray):
        return value.decode("utf-8")
    if not isinstance(value, str):
        _refuse(value)
    return value


def _refuse(value: Value) -> NoReturn:
    if isinstance(value, Undefined):
        str(value)  # tells its own name
    raise RenderError(f"a text is expected, not a {type(value).__name__}")


def is_hex(value: Value) -> bool:
    try:
        int(value, 16)
    except (TypeError, ValueError):
        return False
    return True


def human_to_bytes(size: Value, default_unit: str = "B", handle_metric: bool = False) -> int:
    """Return a size such as ``2GiB`` as a number of bytes, 0 when it is none.

    ``GB`` counts like ``GiB`` unless ``handle_metric``.
    """
    found = _SIZE.match(str(size).strip())
    if found is None:
        return 0
    unit = found[2].lower() or default_unit.lower()
    number = to_num(found[1])
    decimal = _DECIMAL_UNIT.match(unit) is not None
    if isinstance(number, str) or not (decimal or _BINARY_UNIT.match(unit)):
        return 0
    power = _UNITS.index(unit[0])
    return int(number * (10 ** (3 * power) if decimal and handle_metric else 2 ** (10 * power)))


def to_camelcase(text: str, uppercamel: bool = False) -> str:
    first, *rest = text.split("_")
    return (first.capitalize() if uppercamel else first) + "".join(map(str.capitalize, rest))


def to_snake_case(text: str) -> str:
    """``camelCase`` → ``camel_case``; capitals in a row are one word."""
    words = [text[0].lower()]
    for index in range(1, len(text)):
        letter, after = text[index], text[index + 1 : index + 2]
        if letter.isupper() and (text[index - 1].islower() or after.islower()):
            words.append("_")
        words.append(letter.lower())
    return "".join(words)


def quote(text: Value) -> str:
    """Return a text as one word of a shell."""
    if not isinstance(text, str):
        _refuse(text)
    if _SAFE_IN_SHELL.fullmatch(text):
        return text
    return "'" + text.replace("'", "'\"'\"'") + "'"


def contains_whitespace(text: Iterable[str]) -> bool:
    return any(character.isspace() for character in text)


def substring_in_list(text: str, texts: Iterable[Value]) -> bool:
    return any(text in other for other in texts)


def strip_prefix(text: str, prefix: str) -> str:
    return text.removeprefix(prefix)


def strip_suffix(text: str, suffix: str) -> str:
    return text.removesuffix(suffix)


def path_join(*parts: Value, use_posixpath: bool = True) -> str:
    """Join and normalise; a part that starts with a slash does not begin anew."""
    first, *rest = [posixpath.normpath(to_text(part)) for part in parts]
    return posixpath.normpath(posixpath.join(first, *[part.lstrip("/") for part in rest]))
