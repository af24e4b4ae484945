"""The facts a peel reports about its machine."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from zester.resources.document import Document
from zester.resources.ids import Node


class NodeFacts(Document):
    """Key ``<id>`` in bucket ``facts``: what templates see, and what went wrong by collector."""

    id: Node
    values: dict[str, Any]
    problems: dict[str, str] = Field(default_factory=dict)
    collected: float
