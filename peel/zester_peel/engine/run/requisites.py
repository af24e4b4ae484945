"""What a state's requisites ask for now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from zester.dataclass import dataclass
from zester_peel.engine.outcome import Outcome

CARRIED_OUT = (
    *("require", "require_any", "watch", "watch_any"),
    *("onchanges", "onchanges_any", "onfail", "onfail_any", "onfail_all"),
    *("prereq", "listen"),
)
"""Requisite kinds that are carried out; a state with another one must not run."""

PREREQUIRED = "prerequired"
"""The other side of ``prereq``: the target comes after the state that has to precede its change."""

LATER = ("prereq", "listen")
"""Kinds whose target does not come before the state."""

FIRING = ("watch", "watch_any", "onchanges", "onchanges_any", "listen")
"""Kinds through which a change of the target makes a state act."""

Kind = Literal["require", "watch", "onchanges", "onfail", "prereq"]
Results = Mapping[int, Outcome]
Requisites = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a state's requisites say at the moment it could run.

    ``blocked`` is the kind that keeps it from running, ``failed`` the refs that failed (then the
    state fails as well; otherwise being blocked is fine). ``watch``, ``onchanges`` and ``prereq``
    tell whether that kind fired, in any of its forms.
    """

    blocked: Literal["", Kind] = ""
    failed: tuple[str, ...] = ()
    watch: bool = False
    onchanges: bool = False
    prereq: bool = False

    @property
    def fired(self) -> bool:
        """Whether something makes the state act."""
        return self.watch or self.onchanges or self.prereq


FREE = Standing()
"""The standing of a state without requisites."""


def judge(
    requisites: Requisites, results: Results, predicted: Results, *, owes: bool = False
) -> Standing:
    """Weigh requisites against what became of their targets; a target without outcome is fine.

    One good target is enough for ``require_any`` and ``watch_any``. A target that failed is to
    ``onchanges`` one that did not change. ``onfail`` and ``onfail_any`` are the same: one failure
    is enough. ``predicted`` tells what would become of the targets of ``prereq``. ``owes``: a
    change of an earlier run has still to be acted on.
    """
    watch = owes or changed(requisites, results, "watch", "watch_any")
    onchanges = owes or changed(requisites, results, "onchanges", "onchanges_any")
    prereq = changed(requisites, predicted, "prereq")
    blocked, failed = _blocked(requisites, results, predicted)
    if not failed:
        if requisites.get("prereq") and not prereq:
            blocked = "prereq"
        elif not _failure_wanted(requisites, results):
            blocked = "onfail"
        elif ("onchanges" in requisites or "onchanges_any" in requisites) and not onchanges:
            blocked = "onchanges"
    return Standing(blocked, failed, watch, onchanges, prereq)


def changed(requisites: Requisites, results: Results, *kinds: str) -> bool:
    """Return whether a target of these kinds has changed, or would in test mode."""
    for kind in kinds:
        for each in requisites.get(kind, ()):
            found = results.get(each)
            if found is not None and (
                found.result is None or (found.changes and found.result is True)
            ):
                return True
    return False


def _blocked(
    requisites: Requisites, results: Results, predicted: Results
) -> tuple[Literal["", Kind], tuple[str, ...]]:
    """Return the first kind of which too much has failed, and what has."""
    kinds: tuple[Kind, ...] = ("require", "watch")
    for kind in kinds:
        failed = _failed(requisites.get(kind, ()), results)
        if kind == "require":
            failed += _failed(requisites.get(PREREQUIRED, ()), results)
        any_of = requisites.get(f"{kind}_any", ())
        any_failed = _failed(any_of, results)
        if len(any_failed) == len(any_of):
            failed += any_failed
        if failed:
            return kind, failed
    failed = _failed(requisites.get("prereq", ()), predicted)
    return ("prereq" if failed else ""), failed


def _failed(targets: tuple[int, ...], results: Results) -> tuple[str, ...]:
    return tuple(
        results[each].ref for each in targets if each in results and results[each].result is False
    )


def _failure_wanted(requisites: Requisites, results: Results) -> bool:
    """Return whether every ``onfail`` kind there is sees the failures it waits for."""
    for kind in ("onfail", "onfail_any"):
        targets = requisites.get(kind)
        if targets and not _failed(targets, results):
            return False
    every = requisites.get("onfail_all", ())
    return len(_failed(every, results)) == len(every)
