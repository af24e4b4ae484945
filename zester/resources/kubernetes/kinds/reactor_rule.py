"""ReactorRule: what to do when something happens."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zester.resources.kubernetes.kind import Column, CustomKind
from zester.resources.kubernetes.markers import ListMap, ListSet
from zester.resources.kubernetes.parts.fields import (
    Count,
    Duration,
    Free,
    Function,
    ShortName,
    Target,
    Time,
)
from zester.resources.kubernetes.parts.mirrored import ObservedStatus
from zester.resources.kubernetes.parts.part import Part
from zester.resources.kubernetes.resource import CustomResource

TagPattern = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\s]+$")]


class Action(Part):
    """One function to run."""

    name: Annotated[ShortName, Field(description="Its name, for reports.")]
    function: Annotated[Function, Field(description="The function: service.restart.")]
    target: Annotated[
        Target | None, Field(description="Which peels; nothing said: the one it happened on.")
    ] = None
    args: Annotated[
        tuple[Annotated[str, Field(max_length=4096)], ...] | None,
        Field(max_length=64, description="Its arguments in order; may name parts of the event."),
    ] = None
    kwargs: Annotated[Free | None, Field(description="Its named arguments.")] = None


class RateLimit(Part):
    """No more often than this."""

    count: Annotated[int, Field(ge=1, description="How many times.")]
    per: Annotated[Duration, Field(description="In how much time.")]


class ReactorRuleSpec(Part):
    """When, and what then."""

    # Not named "on": readers of YAML 1.1, kubectl among them, take that for a boolean.

    tags: Annotated[
        tuple[TagPattern, ...],
        Field(min_length=1, max_length=64, description="Tags of events, as globs."),
        ListSet(),
    ]
    when: Annotated[
        str | None,
        Field(max_length=4096, description="An expression over the event that must be true."),
    ] = None
    do: Annotated[
        tuple[Action, ...],
        Field(min_length=1, max_length=32, description="What is run, in order."),
        ListMap("name"),
    ]
    rate_limit: Annotated[RateLimit | None, Field(description="No more often than this.")] = None
    dedupe_window: Annotated[
        Duration | None, Field(description="How long an equal event is not acted on again.")
    ] = None
    suspend: Annotated[bool, Field(description="Act on nothing for now.")] = False
    priority: Annotated[
        int, Field(ge=0, le=1000, description="Rules with a higher one come first.")
    ] = 100


class ReactorRuleStatus(ObservedStatus):
    """What it did."""

    fired: Annotated[Count | None, Field(description="Times it acted.")] = None
    suppressed: Annotated[Count | None, Field(description="Times it did not, for its limits.")] = (
        None
    )
    failed: Annotated[Count | None, Field(description="Times it acted and failed.")] = None
    dead_lettered: Annotated[Count | None, Field(description="Events it gave up on.")] = None
    last_fired_time: Annotated[Time | None, Field(description="When it acted last.")] = None


class ReactorRule(CustomResource):
    """What to do when something happens in the fleet."""

    kind: Literal["ReactorRule"] = "ReactorRule"
    spec: ReactorRuleSpec
    status: ReactorRuleStatus | None = None


REACTOR_RULE = CustomKind(
    ReactorRule,
    "reactorrules",
    "zrx",
    (
        Column("On", ".spec.tags[0]"),
        Column("Fired", ".status.fired", "integer"),
        Column("Failed", ".status.failed", "integer"),
        Column("Last-Fired", ".status.lastFiredTime", "date"),
        Column("Suspended", ".spec.suspend", "boolean", wide=True),
    ),
)
