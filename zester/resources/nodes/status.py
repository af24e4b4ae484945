"""The status of a peel, as it reports it itself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zester.resources.document import Document
from zester.resources.ids import Name, Node

ConditionType = Literal[
    "Ready",
    "Suspended",
    "Observing",
    "Reconciling",
    "Stalled",
    "Drifted",
    "Contested",
    "Conflict",
    "PruneHeld",
    "FactsIncomplete",
    "Untrusted",
    "Stale",
    "CredentialsAtRisk",
    "DuplicateIdentity",
]

STOPPED = "Stopped"
"""Why a peel that was told to stop is not ready: its last words."""

MESSAGE_LIMIT = 1024
FAILURE_LIMIT = 20


class Condition(Document):
    """One fact about the peel. ``since`` is the last transition in Unix seconds.

    Ready is always there (``True``, ``False`` or ``Unknown``), the others only while true.
    """

    type: ConditionType
    status: Literal["True", "False", "Unknown"]
    reason: Annotated[str, Field(max_length=64, pattern=r"^[A-Z][A-Za-z0-9]*$")]
    message: Annotated[str, Field(max_length=MESSAGE_LIMIT)] = ""
    since: float


class Counts(Document):
    """How many states are how, after the last whole look.

    ``drifted`` are not as wished, and left alone because that is what this peel was told.
    """

    total: int = 0
    ok: int = 0
    failed: int = 0
    skipped: int = 0
    drifted: int = 0


class Failure(Document):
    """One failed state with the place that declares it (``states/web.zy:12``)."""

    ref: str
    at: str
    comment: Annotated[str, Field(max_length=MESSAGE_LIMIT)]


class LastRun(Document):
    """The last run that did something. ``duration`` in seconds, ``started`` in Unix seconds."""

    id: str
    cause: str
    started: float
    duration: float
    changed: int = 0
    corrected: int = 0
    failed: int = 0


class PeelStatus(Document):
    """Key ``<id>`` in bucket ``status``; written by that peel only.

    ``observed`` maps each source to the head revision the peel has looked at, ``applied`` to the
    one it converged to (whether or not every state succeeded). ``stalled`` names the sources whose
    observed revision cannot be followed; an empty name stands for all of them together.
    ``corrected`` counts drifted states put right since the peel was installed.
    """

    id: Node
    env: Name
    version: str
    observed: dict[str, int] = Field(default_factory=dict)
    applied: dict[str, int] = Field(default_factory=dict)
    stalled: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    counts: Counts = Counts()
    failures: Annotated[tuple[Failure, ...], Field(max_length=FAILURE_LIMIT)] = ()
    last_run: LastRun | None = None
    corrected: int = 0
    started: float
    updated: float

    @property
    def stopped(self) -> float | None:
        """When the peel said that it stops, in Unix seconds; None while it has not."""
        ready = self.condition("Ready")
        return ready.since if ready is not None and ready.reason == STOPPED else None

    def condition(self, kind: ConditionType) -> Condition | None:
        """Return the condition of a type, None when it is not set."""
        return next((found for found in self.conditions if found.type == kind), None)
