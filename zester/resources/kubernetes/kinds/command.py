"""Command: one function run once on many peels. Not called Job: that is Kubernetes' own."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zester.resources.kubernetes.kind import Column, CustomKind, condition
from zester.resources.kubernetes.markers import immutable, one_way
from zester.resources.kubernetes.parts.fields import (
    Count,
    Free,
    Function,
    IntOrPercent,
    Target,
    Time,
)
from zester.resources.kubernetes.parts.mirrored import ObservedStatus
from zester.resources.kubernetes.parts.part import Part, StatusPart
from zester.resources.kubernetes.resource import CustomResource

Argument = Annotated[str, Field(max_length=4096)]


class Batch(Part):
    """Not all peels at once."""

    size: Annotated[IntOrPercent, Field(description="How many peels work at a time.")]
    max_failures: Annotated[
        IntOrPercent | None, Field(description="After how many failures it stops.")
    ] = None


class CommandSpec(Part):
    """What is run, and where. It is run once; what is changed later is not looked at."""

    target: Annotated[Target, immutable("target")]
    function: Annotated[
        Function,
        Field(description="The function: test.ping, service.restart."),
        immutable("function"),
    ]
    args: Annotated[
        tuple[Argument, ...],
        Field(max_length=64, description="Its arguments in order, read as on the command line."),
        immutable("args"),
    ] = ()
    kwargs: Annotated[Free | None, Field(description="Its named arguments.")] = None
    test: Annotated[bool, Field(description="Only tell what would be done."), immutable("test")] = (
        False
    )
    durable: Annotated[
        bool,
        Field(description="Also reach peels that come back before it expires."),
        immutable("durable"),
    ] = False
    timeout_seconds: Annotated[
        int,
        Field(ge=1, le=604800, description="How long a peel may take."),
        immutable("timeoutSeconds"),
    ] = 60
    active_deadline_seconds: Annotated[
        int | None, Field(ge=1, description="When it ends, whoever has not answered.")
    ] = None
    batch: Annotated[Batch | None, Field(description="Not all peels at once.")] = None
    cancel: Annotated[bool, Field(description="End it where it still runs."), one_way("cancel")] = (
        False
    )
    ttl_seconds_after_finished: Annotated[
        Count | None, Field(description="Seconds after the end until this object goes.")
    ] = None


class PeelFailure(StatusPart):
    """One peel on which it failed."""

    id: Annotated[str, Field(max_length=255, description="The peel.")]
    status: Annotated[str | None, Field(max_length=32, description="How it ended.")] = None
    message: Annotated[str | None, Field(max_length=1024, description="What went wrong.")] = None


class CommandStatus(ObservedStatus):
    """What became of it; what peels returned is in the stream JOBS under the jid."""

    jid: Annotated[str | None, Field(max_length=64, description="Id of the job.")] = None
    start_time: Annotated[Time | None, Field(description="When it was sent.")] = None
    completion_time: Annotated[Time | None, Field(description="When it was over.")] = None
    expected: Annotated[Count | None, Field(description="Peels that are meant.")] = None
    returned: Annotated[Count | None, Field(description="Peels that answered.")] = None
    succeeded: Annotated[Count | None, Field(description="Peels on which it went well.")] = None
    failed: Annotated[Count | None, Field(description="Peels on which it did not.")] = None
    silent: Annotated[Count | None, Field(description="Peels that did not answer.")] = None
    failures: Annotated[
        tuple[PeelFailure, ...] | None,
        Field(max_length=20, description="The first peels on which it failed."),
    ] = None


class Command(CustomResource):
    """One function, run once on every peel that a target means. Who may make one runs code."""

    kind: Literal["Command"] = "Command"
    spec: CommandSpec
    status: CommandStatus | None = None


COMMAND = CustomKind(
    Command,
    "commands",
    "zcmd",
    (
        Column("Function", ".spec.function"),
        Column("Target", ".spec.target"),
        Column("Expected", ".status.expected", "integer"),
        Column("Returned", ".status.returned", "integer"),
        Column("Failed", ".status.failed", "integer"),
        Column("Succeeded", condition("Succeeded")),
    ),
)
