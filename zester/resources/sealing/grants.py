"""The keys one peel may have, sealed to it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from zester.resources.document import Document
from zester.resources.ids import Node


class Grants(Document):
    """Key ``<id>`` in bucket ``grants``, in a master's envelope.

    ``serial`` counts up, so that an older document is recognised. ``scopes`` are the granted
    scopes, hashed. ``mark`` is a keyed digest of what was granted: boxes differ each time, equal
    grants have equal marks. ``box`` holds GrantedKeys, sealed to the peel's key (base64url).
    """

    version: Literal[1] = 1
    id: Node
    serial: Annotated[int, Field(ge=1, lt=2**53)]
    scopes: tuple[str, ...] = ()
    mark: Annotated[str, Field(min_length=22, max_length=64)]
    box: str


class GrantedKeys(Document):
    """What the box of a grant holds: private keys (base64url) by scope and generation."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: Node
    keys: dict[str, dict[int, str]]

    def __repr__(self) -> str:
        return f"GrantedKeys({self.id}, {len(self.keys)} scopes)"

    __str__ = __repr__
