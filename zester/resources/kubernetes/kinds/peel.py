"""Peel: one node of the fleet, shown in the cluster."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zester.resources.kubernetes.kind import Column, CustomKind
from zester.resources.kubernetes.markers import ListMap, immutable, one_way
from zester.resources.kubernetes.parts.fields import (
    Count,
    Labels,
    Manifest,
    Mode,
    Reason,
    ShortName,
    Time,
)
from zester.resources.kubernetes.parts.mirrored import ObservedStatus
from zester.resources.kubernetes.parts.part import Part, StatusPart
from zester.resources.kubernetes.resource import CustomResource

NodeName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=255,
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9._:@-]{0,253}[A-Za-z0-9])?$",
        description="Id of the node, usually its fully qualified host name.",
    ),
]


class PeelSpec(Part):
    """What operators say of the node."""

    id: Annotated[NodeName, immutable("id")]
    labels: Annotated[
        Labels | None, Field(description="What is asserted of the node; targets may trust it.")
    ] = None
    mode: Annotated[
        Mode | None, Field(description="observe: what differs is told and left alone.")
    ] = None
    suspend: Annotated[bool, Field(description="Look at nothing and change nothing.")] = False
    suspend_reason: Annotated[Reason | None, Field(description="Why it is suspended.")] = None
    suspend_until: Annotated[
        Time | None, Field(description="When it goes on by itself; nothing said: never.")
    ] = None
    revoked: Annotated[
        bool,
        Field(description="Take the node's credentials away, for ever."),
        one_way("a revocation"),
    ] = False


class PeelEnvironment(StatusPart):
    """What the node follows."""

    name: Annotated[ShortName, Field(description="The environment.")]
    revision: Annotated[Count | None, Field(description="Revision that was applied.")] = None
    manifest: Annotated[Manifest | None, Field(description="Digest of its tree.")] = None


class StateCounts(StatusPart):
    """How many states are how."""

    total: Annotated[Count | None, Field(description="All states.")] = None
    unchanged: Annotated[Count | None, Field(description="As wished already.")] = None
    corrected: Annotated[Count | None, Field(description="Drifted, put right.")] = None
    intended: Annotated[Count | None, Field(description="Changed, as what is wished did.")] = None
    failed: Annotated[Count | None, Field(description="Not as wished: it did not work.")] = None
    drifted: Annotated[Count | None, Field(description="Not as wished, left alone.")] = None
    contested: Annotated[
        Count | None, Field(description="Changed back by somebody again and again.")
    ] = None


class StateFailure(StatusPart):
    """One state that failed."""

    ref: Annotated[str, Field(max_length=512, description="The state.")]
    location: Annotated[
        str | None, Field(max_length=1100, description="Where it is declared: file:line.")
    ] = None
    message: Annotated[str | None, Field(max_length=1024, description="What went wrong.")] = None


class PeelRun(StatusPart):
    """One run."""

    id: Annotated[str, Field(max_length=128, description="Its id, as in events and logs.")]
    cause: Annotated[str | None, Field(max_length=256, description="Why it was made.")] = None
    start_time: Annotated[Time | None, Field(description="When it began.")] = None
    duration_seconds: Annotated[float | None, Field(ge=0, description="How long it took.")] = None


class PeelStatus(ObservedStatus):
    """What the node reports; from a silent one the last report, and Ready is Unknown."""

    public_key: Annotated[str | None, Field(max_length=64, description="The enrolled key.")] = None
    version: Annotated[str | None, Field(max_length=64, description="Of the peel.")] = None
    os: Annotated[str | None, Field(max_length=128, description="Operating system.")] = None
    architecture: Annotated[str | None, Field(max_length=64, description="Of its processor.")] = (
        None
    )
    addresses: Annotated[
        tuple[Annotated[str, Field(max_length=64)], ...] | None,
        Field(max_length=32, description="Its IP addresses."),
    ] = None
    online: Annotated[bool | None, Field(description="Whether it was heard of lately.")] = None
    last_seen_time: Annotated[
        Time | None, Field(description="When it was last heard of, to five minutes.")
    ] = None
    environments: Annotated[
        tuple[PeelEnvironment, ...] | None,
        Field(max_length=32, description="What it follows."),
        ListMap("name"),
    ] = None
    counts: Annotated[
        StateCounts | None, Field(description="How its states are, after the last whole look.")
    ] = None
    failures: Annotated[
        tuple[StateFailure, ...] | None,
        Field(max_length=20, description="The first states that failed."),
    ] = None
    last_run: Annotated[PeelRun | None, Field(description="The last run that did something.")] = (
        None
    )


class Peel(CustomResource):
    """One node of the fleet. The mirror makes and removes these, when it is told to."""

    kind: Literal["Peel"] = "Peel"
    spec: PeelSpec
    status: PeelStatus | None = None


PEEL = CustomKind(
    Peel,
    "peels",
    "zpeel",
    (
        Column("Online", ".status.online", "boolean"),
        Column("Mode", ".spec.mode"),
        Column("Failed", ".status.counts.failed", "integer"),
        Column("Drifted", ".status.counts.drifted", "integer"),
        Column("OS", ".status.os", wide=True),
        Column("Version", ".status.version", wide=True),
        Column("Last-Seen", ".status.lastSeenTime", "date"),
    ),
)
