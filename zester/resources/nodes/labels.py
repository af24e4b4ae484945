"""Labels: what the master says a node is, unlike facts, which the node says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import AfterValidator

from zester.errors import InvalidKey

LABELS_LIMIT = 64
VALUE_LIMIT = 256

_KEY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_./-]{0,62}[A-Za-z0-9])?")


def check_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """Return labels as they may be kept; raises InvalidKey that names the bad one."""
    if len(labels) > LABELS_LIMIT:
        raise InvalidKey(f"{len(labels)} labels are more than {LABELS_LIMIT}")
    for key, value in labels.items():
        if not _KEY.fullmatch(key):
            raise InvalidKey(
                f"not a label: {key[:80]!r}", hint="use 1 to 64 letters, digits and . _ / -"
            )
        if not value or len(value) > VALUE_LIMIT or not value.isprintable():
            raise InvalidKey(
                f"label {key!r} has a value that is empty, long or not printable",
                hint=f"use 1 to {VALUE_LIMIT} printable characters",
            )
    return dict(sorted(labels.items()))


def parse_labels(texts: Iterable[str]) -> dict[str, str]:
    """Read ``role=db`` and the like; raises InvalidKey."""
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals:
            raise InvalidKey(f"not a label: {text[:80]!r}", hint="write it as role=db")
        found[key] = value
    return check_labels(found)


def _checked(value: dict[str, str]) -> dict[str, str]:
    try:
        return check_labels(value)
    except InvalidKey as error:
        raise ValueError(error.message) from error


Labels = Annotated[dict[str, str], AfterValidator(_checked)]
