"""A join token as it is kept: what it allows, without what proves it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zester.resources.document import Document
from zester.resources.ids import Name
from zester.resources.nodes.labels import Labels
from zester.trust.fields import UserKey

USES_LIMIT = 5000
"""Uses that are counted one by one; a token without a count may be used any number of times."""


class JoinToken(Document):
    """Key ``<id>`` in bucket ``tokens``, signed by an operator.

    ``key`` is the public half of what machines hold. ``uses`` None = any number; ``expires`` in
    Unix seconds, None = never. ``ids`` are globs of the node ids it is good for, ``labels`` what
    they become.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9]{4,32}$")]
    env: Name
    key: UserKey
    uses: Annotated[int, Field(ge=1, le=USES_LIMIT)] | None = 1
    expires: Annotated[int, Field(gt=0, lt=2**53)] | None = None
    ids: Annotated[tuple[Annotated[str, Field(max_length=255)], ...], Field(max_length=64)] = ("*",)
    labels: Labels = Field(default_factory=dict)
    created: int
    note: Annotated[str, Field(max_length=256)] = ""


class TokenUse(Document):
    """Key ``<id>.used`` in bucket ``tokens``, signed by a master: the keys that a token let in.

    Each is the start of a public key: long enough that nobody finds a second one with it.
    """

    keys: Annotated[tuple[str, ...], Field(max_length=USES_LIMIT)] = ()

    def has(self, key: str) -> bool:
        """Return whether the token let this key in."""
        return key[:USE_LENGTH] in self.keys

    def plus(self, key: str) -> TokenUse:
        """Return the uses with one more."""
        return TokenUse(keys=(*self.keys, key[:USE_LENGTH]))


USE_LENGTH = 32
