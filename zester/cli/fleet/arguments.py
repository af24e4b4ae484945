"""What is typed after a function: values as YAML means them, ``key=value`` for named ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import yaml

_NAMED = re.compile(r"([^\W\d][\w.-]*)=(?!=)(.*)", re.DOTALL)
_UNDERSCORED = re.compile(r"[-+]?\d+(?:_\d+)+")
_PLAIN = (bool, int, float)


class _Loader(yaml.SafeLoader):
    """YAML without dates: what looks like one stays text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_arguments(words: Sequence[str]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return positional and named arguments."""
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for word in words:
        named = _NAMED.fullmatch(word)
        if named is None:
            args.append(read_value(word))
        else:
            kwargs[named[1]] = read_value(named[2])
    return tuple(args), kwargs


def read_value(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return a number, truth value, nothing, ``{mapping}`` or ``[list]`` as such, else the text.

    Text that YAML would read as a mapping without braces, a comment or an alias stays as typed.
    """
    if not text.strip() or _UNDERSCORED.fullmatch(text.strip()):
        return text
    try:
        value = yaml.load(text, _Loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError, RecursionError):
        return text
    if value is None:
        return None if text.strip().lower() in ("null", "none", "~") else text
    if isinstance(value, _PLAIN):
        return value if "#" not in text else text
    if isinstance(value, dict):
        return value if text.lstrip().startswith("{") and _is_json(value) else text
    if isinstance(value, list):
        return value if text.lstrip().startswith("[") and _is_json(value) else text
    quoted = text[:1] in "'\"" and text[:1] == text[-1:] and len(text) > 1
    return value if quoted and isinstance(value, str) else text


def _is_json(value: object) -> bool:
    """Whether JSON can carry it; bytes and sets of YAML it cannot."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_json(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(_is_json, value))
    return value is None or isinstance(value, str | bool | int | float)
