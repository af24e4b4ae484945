"""Types of parameters, read the way Salt and YAML 1.1 users write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_MAX_MODE = 0o7777


def read_flag(value: object) -> bool:
    """Read a bool: true/yes/on/1 and false/no/off/0 in any case, also as text."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, str | int) else ""
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(f"{value!r} is neither true nor false")


def read_text(value: object) -> str:
    """Read a text; numbers and bools become theirs."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return str(value)
    raise ValueError(f"expected a text, got a {_kind(value)}")


def read_texts(value: object) -> tuple[str, ...]:
    """Read a list of texts; a single one is a list of one."""
    if isinstance(value, list | tuple):
        return tuple(read_text(each) for each in value)
    return (read_text(value),)


def read_mode(value: object) -> int:
    """Read permission bits: ``"0644"``, ``"644"``, the int 644 (YAML without quotes) or 420.

    An int is taken as octal digits, as Salt does, unless that gives rights nobody would write (a
    group that may do more than the owner) and the plain number does not: 420 is 0o644.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        mode = _mode_number(value)
    elif isinstance(value, str) and value.strip().lower().removeprefix("0o").isdecimal():
        try:
            mode = int(value.strip().lower().removeprefix("0o"), 8)
        except ValueError:
            mode = -1
    else:
        mode = -1
    if not 0 <= mode <= _MAX_MODE:
        raise ValueError(f"{value!r} is not a mode in octal such as '0644'")
    return mode


def read_codes(value: object) -> tuple[int, ...]:
    """Read exit codes: a number, a list, or a text with commas."""
    items = value.split(",") if isinstance(value, str) else value
    return tuple(int(text) for text in read_texts(items))


def read_environment(value: object) -> dict[str, str]:
    """Read variables: a map, a list of maps, or a list of ``NAME=value`` texts."""
    found: dict[str, str] = {}
    for each in value if isinstance(value, list | tuple) else [value]:
        if isinstance(each, Mapping):
            for name, text in each.items():
                found[read_text(name)] = "" if text is None else read_text(text)
        elif isinstance(each, str) and "=" in each:
            name, _, text = each.partition("=")
            found[name] = text
        else:
            raise ValueError("expected a map, or a list of maps or NAME=value texts")
    for name in found:
        if not name or "=" in name:
            raise ValueError(f"{name!r} cannot be the name of a variable")
    return found


def _mode_number(value: int) -> int:
    digits = str(value)
    if value < 0 or not set(digits) <= set("01234567"):
        return value
    octal = int(digits, 8)
    return value if not _plausible(octal) and _plausible(value) else octal


def _plausible(mode: int) -> bool:
    owner, group, other = mode >> 6 & 7, mode >> 3 & 7, mode & 7
    return mode <= _MAX_MODE and not group & ~owner and not other & ~group


def _kind(value: object) -> str:
    if isinstance(value, Mapping):
        return "map"
    return "list" if isinstance(value, list | tuple) else type(value).__name__


Flag = Annotated[bool, BeforeValidator(read_flag)]
Text = Annotated[str, BeforeValidator(read_text)]
Texts = Annotated[tuple[str, ...], BeforeValidator(read_texts)]
Mode = Annotated[int, BeforeValidator(read_mode)]
Environment = Annotated[dict[str, str], BeforeValidator(read_environment)]
