"""A condition as all of Kubernetes writes it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zester.resources.kubernetes.markers import ListMap
from zester.resources.kubernetes.parts.fields import Time
from zester.resources.kubernetes.parts.part import StatusPart


class Condition(StatusPart):
    """One fact about an object. Others than Zester may add their own.

    Ready is there from the first visit on; Reconciling, Stalled, Drifted, Suspended and Conflict
    only while they are true.
    """

    type: Annotated[
        str,
        Field(
            min_length=1,
            max_length=316,
            pattern=r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?"
            r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
            description="What is said.",
        ),
    ]
    status: Annotated[Literal["True", "False", "Unknown"], Field(description="Whether it is so.")]
    reason: Annotated[
        str,
        Field(
            min_length=1,
            max_length=1024,
            pattern=r"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
            description="Why, as one word for programs.",
        ),
    ]
    message: Annotated[str, Field(max_length=32768, description="Why, for people.")]
    observed_generation: Annotated[
        int | None, Field(ge=0, description="The generation of the object this was said about.")
    ] = None
    last_transition_time: Annotated[Time, Field(description="When status changed the last time.")]


Conditions = Annotated[
    tuple[Condition, ...],
    Field(max_length=32, description="How the object is, one condition for each type."),
    ListMap("type"),
]
