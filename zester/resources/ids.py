"""Nominal identifiers and their grammar."""

from __future__ import annotations

import re
from typing import Annotated, NewType

from pydantic import AfterValidator, Field, StringConstraints

from zester.errors import InvalidKey

NodeId = NewType("NodeId", str)
"""A peel's name, usually its fully qualified host name."""

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 in lower-case hex."""

Revision = Annotated[int, Field(ge=1, le=2**53 - 1)]
"""A number that counts up; no larger than every JSON reader and every database gets right."""

MAX_SOURCE = 200

_NODE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:@-]{0,253}[A-Za-z0-9])?")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9])?")


def parse_node_id(text: str) -> NodeId:
    """Check a node id: 1 to 255 of ``A-Z a-z 0-9 . _ : @ -``, a letter or digit at both ends.

    Raises InvalidKey.
    """
    if not _NODE.fullmatch(text) or ".." in text:
        raise InvalidKey(
            f"not a node id: {text[:80]!r}",
            hint="use 1 to 255 letters, digits and . _ : @ -, starting and ending with a letter "
            "or digit",
        )
    return NodeId(text)


def parse_name(text: str, what: str = "name") -> str:
    """Check the name of an environment or source: 1 to 64 of ``A-Z a-z 0-9 _ -``.

    Raises InvalidKey.
    """
    if not _NAME.fullmatch(text):
        raise InvalidKey(
            f"not a valid {what}: {text[:80]!r}",
            hint="use 1 to 64 letters, digits, _ and -, starting and ending with a letter or digit",
        )
    return text


def parse_source(text: str) -> str:
    """Check the name of a source: names joined by ``/``, 200 characters in all.

    ``kube/prod/web`` is what the objects of namespace ``web`` in cluster ``prod`` say. Raises
    InvalidKey.
    """
    parts = text.split("/")
    if len(text) > MAX_SOURCE or not all(_NAME.fullmatch(part) for part in parts):
        raise InvalidKey(
            f"not a valid source: {text[:80]!r}",
            hint="use 1 to 64 letters, digits, _ and -, starting and ending with a letter or "
            "digit; / joins such names",
        )
    return text


def _name(text: str) -> str:
    # pydantic turns ValueError into its own report, with the place in the document.
    try:
        return parse_name(text)
    except InvalidKey as error:
        raise ValueError(error.message) from error


def _node(text: str) -> str:
    try:
        return parse_node_id(text)
    except InvalidKey as error:
        raise ValueError(error.message) from error


Name = Annotated[str, AfterValidator(_name)]
Node = Annotated[str, AfterValidator(_node)]
