"""What every kind has that is published to peels."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zester.resources.kubernetes.names import RECONCILE_REQUESTED
from zester.resources.kubernetes.parts.condition import Conditions
from zester.resources.kubernetes.parts.fields import Count, Duration, Env, Manifest, Reason
from zester.resources.kubernetes.parts.part import Part, StatusPart

DeletionPolicy = Literal["Delete", "Orphan"]


class MirroredSpec(Part):
    """Settings of publishing."""

    env: Env = "base"
    priority: Annotated[
        int,
        Field(
            ge=0,
            le=1000,
            description="Of two that say something about the same thing the higher wins.",
        ),
    ] = 100
    suspend: Annotated[
        bool, Field(description="Publish nothing more; what was published stays.")
    ] = False
    suspend_reason: Annotated[Reason | None, Field(description="Why it is suspended.")] = None
    interval: Annotated[
        Duration, Field(description="How often everything is looked at again without a cause.")
    ] = "10m"
    retry_interval: Annotated[
        Duration | None, Field(description="How soon to try again after a failure.")
    ] = None
    timeout: Annotated[
        Duration | None,
        Field(
            description="How long peels may be on their way or silent before Ready is False, "
            "Timeout; without it, for ever."
        ),
    ] = None
    deletion_policy: Annotated[
        DeletionPolicy,
        Field(description="Whether deleting this object also takes back what it published."),
    ] = "Delete"


class ObservedStatus(StatusPart):
    """What every status has."""

    observed_generation: Annotated[
        int | None, Field(ge=-1, description="The generation that was looked at; -1: none yet.")
    ] = None
    conditions: Conditions | None = None
    last_handled_reconcile_at: Annotated[
        str | None,
        Field(
            max_length=253,
            description=f"The last token of the annotation {RECONCILE_REQUESTED} acted on.",
        ),
    ] = None


class MirroredStatus(ObservedStatus):
    """What became of publishing."""

    published_revision: Annotated[
        Count | None, Field(description="Revision of the head that peels follow.")
    ] = None
    published_manifest: Annotated[
        Manifest | None, Field(description="Digest of the tree that peels follow.")
    ] = None
    last_attempted_manifest: Annotated[
        Manifest | None, Field(description="Digest of the tree that was last to be published.")
    ] = None
