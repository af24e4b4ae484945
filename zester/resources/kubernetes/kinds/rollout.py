"""Rollout: a revision that reaches the fleet in waves."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zester.resources.kubernetes.kind import Column, CustomKind, condition
from zester.resources.kubernetes.markers import ListMap, Rule, one_way
from zester.resources.kubernetes.parts.fields import (
    Count,
    Duration,
    Env,
    IntOrPercent,
    ShortName,
    Target,
)
from zester.resources.kubernetes.parts.mirrored import ObservedStatus
from zester.resources.kubernetes.parts.part import Part
from zester.resources.kubernetes.resource import CustomResource
from zester.resources.maintenance.cron import LONGEST


class Wave(Part):
    """Some of the peels; the next wave comes when these were well for a while."""

    name: Annotated[ShortName, Field(description="Its name.")]
    target: Annotated[Target | None, Field(description="Which peels.")] = None
    percent: Annotated[
        int | None, Field(ge=1, le=100, description="Which share of all peels, by now.")
    ] = None
    soak: Annotated[Duration | None, Field(description="How long they have to be well.")] = None

    rules = (Rule("has(self.target) != has(self.percent)", "give one of target and percent"),)


class DenyWindow(Part):
    """A recurring time in which no wave is begun."""

    start: Annotated[
        str, Field(min_length=1, max_length=LONGEST, description="When it opens, as cron says it.")
    ]
    duration: Annotated[Duration, Field(description="How long it is open.")]
    time_zone: Annotated[
        str,
        Field(
            max_length=64,
            pattern=r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$",
            description="UTC, Europe/Berlin …",
        ),
    ] = "UTC"


class RolloutSpec(Part):
    """What reaches whom, and when."""

    env: Env = "base"
    source: Annotated[
        str | None,
        Field(max_length=253, description="The source whose revision it is; nothing said: any."),
    ] = None
    revision: Annotated[
        int | None, Field(ge=1, description="The revision; nothing said: the newest.")
    ] = None
    waves: Annotated[
        tuple[Wave, ...],
        Field(min_length=1, max_length=32, description="Who comes first, second and so on."),
        ListMap("name"),
    ]
    failure_budget: Annotated[
        IntOrPercent | None,
        Field(description="How many peels of a wave, or which share, may fail."),
    ] = None
    on_failure: Annotated[
        Literal["Halt", "Revert"], Field(description="What to do when more fail.")
    ] = "Revert"
    deny_windows: Annotated[
        tuple[DenyWindow, ...] | None,
        Field(max_length=16, description="Times in which no wave is begun."),
    ] = None
    paused: Annotated[bool, Field(description="Begin no further wave for now.")] = False
    abort: Annotated[
        bool, Field(description="Stop, and do what onFailure says."), one_way("abort")
    ] = False

    rules = (
        Rule(
            "has(self.source) == has(oldSelf.source)"
            " && (!has(self.source) || self.source == oldSelf.source)",
            "source cannot be changed",
        ),
    )


class RolloutStatus(ObservedStatus):
    """How far it is."""

    current_wave: Annotated[
        str | None, Field(max_length=63, description="The wave that is at it.")
    ] = None
    updated_peels: Annotated[
        Count | None, Field(description="Peels that have the new revision.")
    ] = None
    total_peels: Annotated[Count | None, Field(description="Peels that shall have it.")] = None
    failed_peels: Annotated[Count | None, Field(description="Peels that failed with it.")] = None
    from_revision: Annotated[Count | None, Field(description="Where they come from.")] = None
    to_revision: Annotated[Count | None, Field(description="Where they go.")] = None


class Rollout(CustomResource):
    """A revision that reaches the fleet in waves, and goes back when too many fail."""

    kind: Literal["Rollout"] = "Rollout"
    spec: RolloutSpec
    status: RolloutStatus | None = None


ROLLOUT = CustomKind(
    Rollout,
    "rollouts",
    "zro",
    (
        Column("Env", ".spec.env"),
        Column("Revision", ".status.toRevision", "integer"),
        Column("Wave", ".status.currentWave"),
        Column("Updated", ".status.updatedPeels", "integer"),
        Column("Total", ".status.totalPeels", "integer"),
        Column("Failed", ".status.failedPeels", "integer"),
        Column("Succeeded", condition("Succeeded")),
        Column("Paused", ".spec.paused", "boolean", wide=True),
    ),
)
