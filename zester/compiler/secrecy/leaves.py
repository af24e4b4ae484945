"""Which texts of a node's settings are secret.

Every scalar that is long enough to be recognised, but for what the tree says in clear: whoever may
read the state files knows that already, and a peel that hid ``nginx`` would hide everything. Keys
are names, unless they look as if somebody had drawn them by lot.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from zester.targeting.value import Value
from zester.telemetry.redaction.redactor import SHORTEST

FEWEST_DIGITS = 6
"""Digits of the shortest number that is secret; below are ports, modes and counts."""

_DRAWN_KEY = 16
_WORDS = frozenset(
    (
        *("true", "false", "none", "null", "always", "never", "enabled", "disabled", "default"),
        *("present", "absent", "installed", "latest", "running", "dead", "root", "localhost"),
        *("127.0.0.1", "0.0.0.0", "http", "https", "info", "warning", "error", "debug", "base"),  # noqa: S104 - a word
    )
)
"""Texts that stand for no secret anywhere."""

_TOKENS = (
    re.compile(r"""[^\s'"`,;=(){}\[\]|<>]+"""),
    re.compile(r"[\w.@+-]+"),
    re.compile(r"\w+"),
)
_MARKS = ".,:;!?*/"


def secret_texts(settings: Value, public: Collection[str] = ()) -> frozenset[str]:
    """Return the secret texts of settings; ``public`` are those that are said in clear."""
    return frozenset(
        text for text in _leaves(settings) if text not in public and text.lower() not in _WORDS
    )


def said_in_clear(candidates: Collection[str], texts: Iterable[str]) -> frozenset[str]:
    """Return those of the candidates that stand in one of the texts as a word or a path."""
    if not candidates:
        return frozenset()
    wanted, said = frozenset(candidates), set[str]()
    for text in texts:
        for tokens in _TOKENS:
            found = set(tokens.findall(text))
            said |= wanted & found
            said |= wanted & {token.strip(_MARKS) for token in found}
    return frozenset(said)


def scalar_text(value: Value) -> str | None:
    """Return the text of a scalar that may be secret, None for all else."""
    if isinstance(value, str):
        short = len(value.strip()) < (FEWEST_DIGITS if value.strip().isdigit() else SHORTEST)
        return None if short else value
    if isinstance(value, bytes):
        return scalar_text(value.decode("utf-8", "replace"))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    text = str(value)
    return text if sum(map(str.isdigit, text)) >= FEWEST_DIGITS else None


def drawn(key: Value) -> bool:
    """Tell whether a key of a mapping looks like a secret: long, letters and digits, no name."""
    return (
        isinstance(key, str)
        and len(key) >= _DRAWN_KEY
        and any(map(str.isdigit, key))
        and any(map(str.isalpha, key))
        and not any(mark in key for mark in "/.: ")
    )


def _leaves(value: Value) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if drawn(key):
                yield key
            yield from _leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)
    else:
        text = scalar_text(value)
        if text is not None:
            yield text
