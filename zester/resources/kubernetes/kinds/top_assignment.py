"""TopAssignment: which peels get which states and settings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zester.resources.kubernetes.kind import Column, CustomKind
from zester.resources.kubernetes.markers import ListSet, Rule
from zester.resources.kubernetes.parts.counts import Counts
from zester.resources.kubernetes.parts.fields import Count, Mode, Target
from zester.resources.kubernetes.parts.mirrored import MirroredSpec, MirroredStatus
from zester.resources.kubernetes.resource import CustomResource

SlsName = Annotated[
    str, Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_./*?-]*$")
]
"""As in a top file: ``web``, ``web.tls``, ``roles.*``."""


class TopAssignmentSpec(MirroredSpec):
    """One entry of the top file; entries of many objects are merged by priority."""

    target: Target
    states: Annotated[
        tuple[SlsName, ...] | None,
        Field(max_length=128, description="States for these peels."),
        ListSet(),
    ] = None
    settings: Annotated[
        tuple[SlsName, ...] | None,
        Field(max_length=128, description="Settings for these peels."),
        ListSet(),
    ] = None
    mode: Annotated[
        Mode | None, Field(description="observe: what differs is told and left alone.")
    ] = None

    rules = (
        Rule(
            "(has(self.states) && size(self.states) > 0)"
            " || (has(self.settings) && size(self.settings) > 0)",
            "give at least one of states and settings",
        ),
    )


class TopAssignmentStatus(MirroredStatus, Counts):
    """What became of the entry, and how the peels are."""

    not_ready_peels: Annotated[
        Count | None, Field(description="Matched peels that are not ready, or not heard of.")
    ] = None


class TopAssignment(CustomResource):
    """Which peels get which states and settings."""

    kind: Literal["TopAssignment"] = "TopAssignment"
    spec: TopAssignmentSpec
    status: TopAssignmentStatus | None = None


TOP_ASSIGNMENT = CustomKind(
    TopAssignment,
    "topassignments",
    "ztop",
    (
        Column("Env", ".spec.env"),
        Column("Target", ".spec.target"),
        Column("Matched", ".status.matchedPeels", "integer"),
        Column("Not-Ready", ".status.notReadyPeels", "integer"),
    ),
)
