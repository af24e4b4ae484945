"""How the peels are that an object means."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zester.resources.kubernetes.parts.fields import Count
from zester.resources.kubernetes.parts.part import StatusPart


class Counts(StatusPart):
    """``silent`` peels are matched but not heard of; they are never counted as ready."""

    matched_peels: Annotated[Count | None, Field(description="Peels that this is for.")] = None
    ready_peels: Annotated[
        Count | None, Field(description="Peels that are as this says, and were heard of lately.")
    ] = None
    failed_peels: Annotated[Count | None, Field(description="Peels that could not be made so.")] = (
        None
    )
    drifted_peels: Annotated[
        Count | None, Field(description="Peels that differ, and are left alone as they are told.")
    ] = None
    silent_peels: Annotated[
        Count | None, Field(description="Peels that were not heard of lately.")
    ] = None
