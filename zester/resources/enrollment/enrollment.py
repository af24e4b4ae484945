"""A machine that asked, and what was decided."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zester.resources.document import Document
from zester.resources.enrollment.request import Machine
from zester.resources.ids import Name, Node
from zester.resources.nodes.labels import Labels
from zester.trust.fields import UserKey

RIVALS_LIMIT = 8
"""Other keys remembered of one id; the rest is only counted."""

PENDING_LIFE = 7 * 86_400.0
"""Seconds after which a machine that nobody decided about is forgotten; it may ask again."""

State = Literal["pending", "accepted", "rejected", "revoked"]


class Rival(Document):
    """Somebody else who asked for an id that was taken. ``at`` in Unix seconds."""

    key: UserKey
    source: Annotated[str, Field(max_length=64)] = ""
    at: int


class Enrollment(Document):
    """Key ``<id>`` in bucket ``enrollments``, signed by a master or an operator.

    ``by`` tells who decided and ``note`` why; ``token`` names the join token that did. ``renewed``
    is about when the peel last got credentials, ``purged`` when what a revoked peel had reported
    was removed. ``revoked`` maps this id's keys to the Unix time before which their credentials are
    void, ``refused`` lists keys that were rejected. Times in Unix seconds.
    """

    id: Node
    env: Name
    key: UserKey
    state: State
    by: Annotated[str, Field(max_length=256)] = ""
    note: Annotated[str, Field(max_length=256)] = ""
    labels: Labels = Field(default_factory=dict)
    token: Annotated[str, Field(max_length=64)] | None = None
    machine: Machine = Machine()
    source: Annotated[str, Field(max_length=64)] = ""
    requested: int
    decided: int | None = None
    renewed: int | None = None
    purged: int | None = None
    rivals: Annotated[tuple[Rival, ...], Field(max_length=RIVALS_LIMIT)] = ()
    revoked: Annotated[dict[str, int], Field(max_length=64)] = Field(default_factory=dict)
    refused: Annotated[tuple[UserKey, ...], Field(max_length=64)] = ()
