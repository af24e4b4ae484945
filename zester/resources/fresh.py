"""What a master vouches for from time to time: that this is how far the heads are."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zester.resources.document import Document
from zester.resources.ids import Revision

SOURCES_LIMIT = 1024


class Fresh(Document):
    """Key ``fresh`` in bucket ``trust``, signed by a master.

    ``at`` in Unix seconds; ``heads`` maps ``<env>.<source>`` (the keys in bucket ``heads``) to the
    newest revision. Whoever is shown an older head looks at a frozen mirror.
    """

    at: Annotated[float, Field(gt=0, lt=2**53)]
    heads: Annotated[dict[str, Revision], Field(max_length=SOURCES_LIMIT)] = Field(
        default_factory=dict
    )
