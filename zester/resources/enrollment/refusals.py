"""How many requests were refused, and who sent most of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zester.resources.document import Document

SOURCES_LIMIT = 20


class Refusals(Document):
    """Key ``enrollment.refused`` in bucket ``rollups``: what the answering master turned away.

    ``reasons`` and ``sources`` count requests since ``since``; only the busiest sources are named.
    """

    since: int
    updated: int
    reasons: dict[str, int] = Field(default_factory=dict)
    sources: Annotated[dict[str, int], Field(max_length=SOURCES_LIMIT)] = Field(
        default_factory=dict
    )
