"""Arguments as they were typed, without what looks like a secret."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from zester.telemetry.redaction.redactor import MARK

_WORD = (
    r"(?:pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|auth"
    r"|(?:api|access|secret|private|auth|encryption)[-_]?key)s?"
)
_NAME = re.compile(rf"(?:^|[-_.]|(?<=[a-z])(?=[A-Z])){_WORD}$|^(?:stdin|\w*(?i:passw)\w*)$", re.I)
_FUNCTION = re.compile(r"passw|secret|token|shadow\.set_hash", re.I)
_VALUE = r"""(?:'[^']*'|"[^"]*"|[^\s'";|&]+)"""
_BEFORE = r"""(?:^|[\s,;&?'"{(-])"""
_TEXTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [^-]*PRIVATE KEY.*", re.S), MARK),
    (re.compile(r"(://[^\s/:@]*:)[^\s/@]+(?=@)"), rf"\g<1>{MARK}"),
    (re.compile(r"(\b(?:bearer|basic)\s+)[\w.~+/=-]{6,}", re.I), rf"\g<1>{MARK}"),
    (
        re.compile(rf"((?:^|[\s,;&?'\"{{(-])[\w.-]*{_WORD}['\"]?\s*[=:]\s*){_VALUE}", re.I),
        rf"\1{MARK}",
    ),
    (re.compile(rf"(\s--?[\w-]*{_WORD}\s+){_VALUE}", re.I), rf"\g<1>{MARK}"),
    (re.compile(rf"(\s(?:-u|--user)\s+['\"]?[^\s:'\"]+:){_VALUE}"), rf"\g<1>{MARK}"),
    (re.compile(rf"(\b(?:mysql|mariadb)[\w-]*\s(?:.*\s)?-p){_VALUE}"), rf"\g<1>{MARK}"),
    (re.compile(r"([\w.-]+:)[^\s'\"|]+(?=['\"]?\s*\|\s*(?:sudo\s+)?chpasswd)"), rf"\g<1>{MARK}"),
)
"""What is hidden in a text, most telling first; the first group of each stays."""


def typed(function: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """Return a command's arguments in one line as they could be typed."""
    secret = _FUNCTION.search(function) is not None
    words = [_word(MARK if secret and place else _shown(value)) for place, value in enumerate(args)]
    words += [f"{key}={_word(_named(key, value))}" for key, value in kwargs.items()]
    return " ".join(words)


def hidden(function: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return a command's ``args`` and ``kwargs`` as values."""
    secret = _FUNCTION.search(function) is not None
    return {
        "args": [MARK if secret and place else _shown(value) for place, value in enumerate(args)],
        "kwargs": {key: _named(key, value) for key, value in kwargs.items()},
    }


def _named(key: str, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    plain = value is None or value == "" or isinstance(value, bool)
    return MARK if _NAME.search(key) and not plain else _shown(value)


def _shown(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        for pattern, instead in _TEXTS:
            value = pattern.sub(instead, value)
        return value
    if isinstance(value, Mapping):
        return {key: _named(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(item) for item in value]
    return value


def _word(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
