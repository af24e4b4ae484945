"""What operators say about changing one machine: its mode, a suspension, windows."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from zester.errors import InvalidKey
from zester.resources.document import Document
from zester.resources.ids import Name, Node, Revision
from zester.resources.maintenance.verdict import ENFORCE, Verdict, stamp
from zester.resources.maintenance.window import Window

REASON_LIMIT = 256
WINDOWS_LIMIT = 16

Mode = Literal["enforce", "observe"]


def check_reason(text: str) -> str:
    """Return a reason as it is kept; raises InvalidKey."""
    text = text.strip()
    if not text or len(text) > REASON_LIMIT or not text.isprintable():
        raise InvalidKey(
            "a reason is empty, long or not printable",
            hint=f"say why in 1 to {REASON_LIMIT} printable characters, in one line",
        )
    return text


def _reason(text: str) -> str:
    try:
        return check_reason(text)
    except InvalidKey as error:
        raise ValueError(error.message) from error


def _no_two(windows: tuple[Window, ...]) -> tuple[Window, ...]:
    if len({window.name for window in windows}) < len(windows):
        raise ValueError("two windows have one name")
    return windows


Moment = Annotated[int, Field(gt=0, lt=2**53)]
"""Unix seconds."""

Reason = Annotated[str, AfterValidator(_reason)]


class Suspension(Document):
    """Nothing is looked at and nothing is changed, without ``until`` for ever."""

    reason: Reason
    by: Reason
    since: Moment
    until: Moment | None = None


class ModeChoice(Document):
    """``observe``: what differs is told and left alone."""

    mode: Mode
    by: Reason
    since: Moment


class Maintenance(Document):
    """Key ``<id>`` in bucket ``maintenance``, signed by an operator or a master.

    Apart from the node record, so that masters who write labels and operators who suspend never
    lose each other's writes. ``revision`` counts up by one. ``updated`` in Unix seconds.
    """

    revision: Revision
    id: Node
    env: Name
    choice: ModeChoice | None = None
    suspension: Suspension | None = None
    windows: Annotated[
        tuple[Window, ...], Field(max_length=WINDOWS_LIMIT), AfterValidator(_no_two)
    ] = ()
    updated: Moment

    def verdict(self, now: float) -> Verdict:
        """Return what this says at a time: suspended first, then the mode, then the windows."""
        pause = self.suspension
        if pause is not None and (pause.until is None or now < pause.until):
            end = f"until {stamp(pause.until)}" if pause.until else "until resumed"
            return Verdict(
                "suspended",
                "Maintenance",
                f"{pause.reason} (by {pause.by} {end}, since {stamp(pause.since)})",
                pause.until,
            )
        if self.choice is not None and self.choice.mode == "observe":
            told = f"set by {self.choice.by} at {stamp(self.choice.since)}"
            return Verdict("observe", "NodeMode", told)
        return _windowed(self.windows, now) if self.windows else ENFORCE


def _windowed(windows: tuple[Window, ...], now: float) -> Verdict:
    ends: dict[str, float] = {}
    starts: dict[str, float] = {}
    try:
        for window in windows:
            end, start = window.open_until(now), window.next_opening(now)
            if end is not None:
                ends[window.name] = end
            if start is not None:
                starts[window.name] = start
    except InvalidKey as error:
        return Verdict("observe", "UnknownTimeZone", error.message)
    changes = min((*ends.values(), *starts.values()), default=None)
    denied = [window.name for window in windows if window.kind == "deny" and window.name in ends]
    if denied:
        end = max(ends[name] for name in denied)
        told = f"the window {denied[0]} forbids changes until {stamp(end)}"
        return Verdict("observe", "DenyWindow", told, changes)
    allowing = [window.name for window in windows if window.kind == "allow"]
    if not allowing or any(name in ends for name in allowing):
        return Verdict("enforce", changes_at=changes)
    opening = min((starts[name] for name in allowing if name in starts), default=None)
    told = f"changes are made from {stamp(opening)} on" if opening else "no window opens any more"
    return Verdict("observe", "OutsideWindow", told, changes)
