"""``random.*``: chance, and what only looks like it (the same seed, the same answer)."""

from __future__ import annotations

import base64
import hashlib
import random
import secrets
import string
from collections.abc import Sequence

from zester.errors import RenderError
from zester.targeting.value import Value
from zester.templating.scope import Scope

_MAX_LENGTH = 100_000


def hash_(scope: Scope, value: Value, algorithm: str = "sha512") -> str:
    """Return the digest of a text."""
    if algorithm not in hashlib.algorithms_available:
        raise RenderError(f"there is no digest {algorithm!r}")
    data = value if isinstance(value, bytes) else str(value).encode()
    return hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()


def str_encode(scope: Scope, value: Value, encoder: str = "base64") -> Value:
    """Return a text in base64, or in a character encoding."""
    data = value.encode() if isinstance(value, str) else value
    if encoder != "base64":
        try:
            return str(value).encode(encoder)
        except LookupError as error:
            raise RenderError(f"there is no encoding {encoder!r}") from error
    if not isinstance(data, bytes):
        raise TypeError("random.str_encode takes text")
    return base64.b64encode(data).decode("ascii")


def get_str(
    scope: Scope,
    length: int = 20,
    chars: str | None = None,
    lowercase: bool = True,
    uppercase: bool = True,
    digits: bool = True,
    punctuation: bool = True,
    whitespace: bool = False,
    printable: bool = False,
) -> str:
    """Return a random text, another one at each call."""
    if chars is None:
        kinds = (
            (lowercase, string.ascii_lowercase),
            (uppercase, string.ascii_uppercase),
            (digits, string.digits),
            (punctuation, string.punctuation),
            (whitespace, string.whitespace),
            (printable, string.printable),
        )
        chars = "".join(kind for wanted, kind in kinds if wanted)
    if not chars:
        raise ValueError("random.get_str: there are no characters to choose from")
    if length > _MAX_LENGTH:
        raise ValueError(f"random.get_str: more than {_MAX_LENGTH} characters")
    return "".join(secrets.choice(chars) for _ in range(length))


def rand_int(scope: Scope, start: int = 1, end: int = 10, seed: Value = None) -> int:
    """Return a number from ``start`` to ``end``, always the same with a seed."""
    return _dice(seed).randint(start, end)


def seed(scope: Scope, range: int = 10, hash: Value = None) -> int:
    """Return a number below ``range`` that is always the same for this node (or this text)."""
    return _dice(scope.id if hash is None else hash).randrange(range)


def sample(scope: Scope, value: Sequence[Value], size: int, seed: Value = None) -> list[Value]:
    """Return some of the values, in a random order."""
    return _list_dice(scope, seed).sample(value, size)


def shuffle(scope: Scope, value: Sequence[Value], seed: Value = None) -> list[Value]:
    """Return the values in a random order."""
    return sample(scope, value, len(value), seed)


def _list_dice(scope: Scope, seed: Value) -> random.Random:
    """For lists Salt starts from the digest of the seed."""
    return _dice(None if seed is None else hash_(scope, seed))


def _dice(seed: Value) -> random.Random:
    return random.Random() if seed is None else random.Random(seed)  # noqa: S311 -- not a secret; Salt's answers
