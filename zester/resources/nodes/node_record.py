"""What the master and the operators say of one node; the node itself only reads it."""

from __future__ import annotations

from pydantic import Field

from zester.resources.document import Document
from zester.resources.ids import Name, Node, Revision
from zester.resources.nodes.labels import Labels
from zester.trust.fields import UserKey


class NodeRecord(Document):
    """Key ``<id>`` in bucket ``nodes``, signed by a master or an operator.

    ``revision`` counts up by one, so that a replayed old record is recognisable. ``key`` is the
    enrolled key, to which secrets are sealed. ``updated`` in Unix seconds.
    """

    revision: Revision
    id: Node
    env: Name
    key: UserKey
    labels: Labels = Field(default_factory=dict)
    updated: int
