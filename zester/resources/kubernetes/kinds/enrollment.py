"""Enrollment: a machine that asks to join; apart from Peel, so that approving is its own right."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zester.resources.kubernetes.kind import Column, CustomKind
from zester.resources.kubernetes.markers import Rule
from zester.resources.kubernetes.parts.fields import Count, Labels, Reason, Time
from zester.resources.kubernetes.parts.mirrored import ObservedStatus
from zester.resources.kubernetes.parts.part import Part
from zester.resources.kubernetes.resource import CustomResource

Fingerprint = Annotated[
    str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9][A-Za-z0-9:+/=_-]*$")
]


class EnrollmentSpec(Part):
    """What an operator decides."""

    decision: Annotated[
        Literal["Approve", "Reject"] | None, Field(description="Final once it is given.")
    ] = None
    fingerprint: Annotated[
        Fingerprint | None,
        Field(description="The key that is approved; must be the one in status."),
    ] = None
    labels: Annotated[
        Labels | None, Field(description="What is asserted of the node; targets may trust it.")
    ] = None
    reason: Annotated[Reason | None, Field(description="Why.")] = None
    ttl_seconds_after_finished: Annotated[
        Count | None, Field(description="Seconds after the decision until this object goes.")
    ] = None

    rules = (
        Rule(
            "!has(oldSelf.decision) || (has(self.decision) && self.decision == oldSelf.decision)",
            "a decision is final",
        ),
    )


class EnrollmentStatus(ObservedStatus):
    """What the machine says of itself, and what became of it."""

    id: Annotated[str | None, Field(max_length=255, description="The id it asks for.")] = None
    public_key: Annotated[str | None, Field(max_length=64, description="Its key.")] = None
    fingerprint: Annotated[
        Fingerprint | None, Field(description="Of its key; compare it with what the machine shows.")
    ] = None
    request_time: Annotated[Time | None, Field(description="When it asked.")] = None
    expiration_time: Annotated[
        Time | None, Field(description="When the request is over if nobody decides.")
    ] = None
    source_address: Annotated[
        str | None, Field(max_length=64, description="Where it asked from.")
    ] = None
    facts: Annotated[
        dict[str, Annotated[str, Field(max_length=256)]] | None,
        Field(max_length=32, description="What it says of itself; nobody has checked it."),
    ] = None
    decided_by: Annotated[
        str | None, Field(max_length=256, description="Who decided, or which rule.")
    ] = None


class Enrollment(CustomResource):
    """A machine that asks to join the fleet. Approve it by its fingerprint."""

    kind: Literal["Enrollment"] = "Enrollment"
    spec: EnrollmentSpec
    status: EnrollmentStatus | None = None


ENROLLMENT = CustomKind(
    Enrollment,
    "enrollments",
    "zenr",
    (
        Column("Id", ".status.id"),
        Column("Fingerprint", ".status.fingerprint"),
        Column("From", ".status.sourceAddress"),
        Column("Decision", ".spec.decision"),
    ),
    (
        Rule(
            "!has(self.spec.decision) || self.spec.decision != 'Approve'"
            " || (has(self.spec.fingerprint) && has(self.status) && has(self.status.fingerprint)"
            " && self.spec.fingerprint == self.status.fingerprint)",
            "approve with spec.fingerprint, and only the key whose fingerprint is in status",
        ),
    ),
)
