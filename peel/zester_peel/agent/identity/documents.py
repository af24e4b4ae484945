"""The small files of an identity."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zester.resources.document import Document
from zester.resources.ids import Name, Node
from zester.trust.fields import OperatorKey, SecureUrls

How = Literal["token", "key", "first-use"]
"""How an operator's key was pinned: from a join token, by hand, or because it was the first."""


class Being(Document):
    """File ``peel.json``: what this machine is called, what it follows, where it asks."""

    id: Node
    env: Name
    url: Annotated[SecureUrls, Field(min_length=1, max_length=32)]


class Pin(Document):
    """File ``pin.json``: the operator this machine believes, and since when and why.

    ``authorities`` are the certificates to believe of a server until a trust bundle tells better
    ones; None = any, for a connection on which nothing is secret and everything is signed.
    """

    operator: OperatorKey
    how: How
    at: int
    authorities: Annotated[tuple[str, ...], Field(min_length=1, max_length=8)] | None = None


class Passes(Document):
    """File ``tokens.json``: the token of the peel, and the one with which it may ask again."""

    peel: str
    entry: str
