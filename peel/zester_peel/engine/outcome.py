"""What became of one state in one run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from enum import StrEnum
from typing import Any

from zester.dataclass import dataclass
from zester.errors import At
from zester_peel.host.protocol import Signature

Hide = Callable[[Any], Any]
"""Takes secrets out of a value of maps, lists and scalars."""


class ChangeClass(StrEnum):
    """Why something changed."""

    INTENDED = "intended"  # the desired state is new
    CORRECTED = "corrected"  # the machine had drifted
    REFRESHED = "refreshed"  # a watched state changed
    PRUNED = "pruned"  # no state declares it any more


class Cause(StrEnum):
    """Why a run happened."""

    REVISION = "revision"
    DRIFT = "drift"
    RESYNC = "resync"
    BOOT = "boot"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One state's result.

    ``ref`` identifies the state over runs and revisions: ``file.managed:motd``.
    ``result`` is Salt's: True = as wished, False = failed, None = would change (test mode).
    ``skipped`` tells which requisite or guard kept it from running: ``require``, ``watch``,
    ``onchanges``, ``onfail``, ``prereq``, ``onlyif``, ``unless`` or ``creates``.
    ``signatures`` are the watched paths' signatures taken just before the state was last seen as
    wished; of a watch that follows links, those of every link on the way too.
    ``started`` in Unix seconds, ``duration`` in seconds. ``event`` is the end of the tag under
    which the result has to be told, empty = nobody asked for it.
    """

    ref: str
    function: str
    name: str
    id: str
    sls: str
    at: At
    result: bool | None
    changes: Mapping[str, Any] = field(default_factory=dict)
    comment: str = ""
    change_class: ChangeClass | None = None
    skipped: str | None = None
    started: float = 0.0
    duration: float = 0.0
    event: str = ""
    signatures: Mapping[str, Signature | None] = field(default_factory=dict)

    def concealed(self, hide: Hide) -> Outcome:
        """Return the same without secrets."""
        return replace(
            self,
            name=hide(self.name),
            id=hide(self.id),
            changes=hide(self.changes),
            comment=hide(self.comment),
            event=hide(self.event),
        )


@dataclass(frozen=True, slots=True)
class RunResult:
    """All outcomes of one run, in the order the states finished; times are Unix seconds.

    ``stopped`` is the ref of the state whose failure ended the run before its end (``failhard``),
    empty otherwise; ``cut`` tells that it was not to go on. Outcomes that changed nothing and did
    not fail are as the states told them: ``concealed`` before they are shown or stored.
    ``unmoved``: every state of the program, so many, was looked at and is as it was last seen as
    wished; of these there are no outcomes.
    """

    cause: Cause
    test: bool
    started: float
    duration: float
    outcomes: tuple[Outcome, ...] = field(repr=False)  # thousands; asyncio puts results into words
    stopped: str = ""
    cut: bool = False
    unmoved: int = 0

    def concealed(self, hide: Hide) -> RunResult:
        """Return the same without secrets in any outcome."""
        return replace(self, outcomes=tuple(each.concealed(hide) for each in self.outcomes))

    @property
    def failed(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.result is False)

    @property
    def changed(self) -> tuple[Outcome, ...]:
        """What changed, or would."""
        return tuple(outcome for outcome in self.outcomes if outcome.changes)

    @property
    def made(self) -> tuple[Outcome, ...]:
        """What changed indeed."""
        return tuple(found for found in self.outcomes if found.changes and found.result is not None)

    @property
    def left(self) -> tuple[Outcome, ...]:
        """What is not as wished, and was only looked at."""
        return tuple(outcome for outcome in self.outcomes if outcome.result is None)
