"""The fleet in one small document."""

from __future__ import annotations

from pydantic import Field

from zester.resources.document import Document


class Rollup(Document):
    """Key ``<env>`` in bucket ``rollups``: counts of peels; ``unknown`` are those gone silent.

    ``held`` are those that are not as wished because they may not be changed now.

    ``revisions`` maps ``<source>@<revision>`` to the number of live peels that applied it.
    """

    env: str
    peels: int = 0
    ready: int = 0
    failed: int = 0
    stalled: int = 0
    drifted: int = 0
    contested: int = 0
    reconciling: int = 0
    duplicated: int = 0
    suspended: int = 0
    observing: int = 0
    held: int = 0
    unknown: int = 0
    corrected: int = 0
    revisions: dict[str, int] = Field(default_factory=dict)
    updated: float
