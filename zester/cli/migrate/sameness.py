"""When two low states mean the same."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from zester.cli.migrate.rules.modes import KEYS as MODES
from zester.cli.migrate.rules.requisites import KEYS as REQUISITES
from zester.targeting.value import Value

_STRING_FORM = re.compile(r"([A-Za-z_]\w*)\.[A-Za-z_]\w*:(.+)", re.DOTALL)
_OCTAL = re.compile(r"[0-7]+")


def comparable(value: Value) -> str:
    """Return a text that is equal for values that mean the same.

    Two spellings are one: a mode as the number 644 or the text "0644", and a requisite as a
    mapping or in its string form. All else counts: order, and the kind of every value.
    """
    return json.dumps(_plain(value), default=repr)


def _plain(value: Value) -> Value:
    if isinstance(value, Mapping):
        return {str(key): _entry(key, item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _entry(key: Value, value: Value) -> Value:
    if key in MODES and isinstance(value, str | int) and not isinstance(value, bool):
        text = str(value)
        return text.lstrip("0").zfill(4) if _OCTAL.fullmatch(text) else value
    if key in REQUISITES and isinstance(value, list):
        return [_requisite(item) for item in value]
    return _plain(value)


def _requisite(item: Value) -> Value:
    if isinstance(item, str):
        match = _STRING_FORM.fullmatch(item)
        return {match[1]: match[2]} if match else item
    if isinstance(item, Mapping):
        return {str(key).partition(".")[0]: _plain(target) for key, target in item.items()}
    return _plain(item)
