"""What a state's requisites ask for now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from zester_peel.engine.outcome import Outcome

CARRIED_OUT = (
    *("require", "require_any", "watch", "watch_any"),
    *("onchanges", "onchanges_any", "onfail", "onfail_any", "onfail_all"),
)
"""Requisite kinds that ``judge`` weighs; a state with another one must not run."""

FIRING = ("watch", "watch_any", "onchanges", "onchanges_any")
"""Kinds through which a change of the target makes a state act."""

Kind = Literal["require", "watch", "onchanges", "onfail"]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a state's requisites say at the moment it could run.

    ``blocked`` is the kind that keeps it from running, ``failed`` the refs that failed (then the
    state fails as well; otherwise being blocked is fine). ``watch`` and ``onchanges`` tell whether
    that kind fired, in any of its forms.
    """

    blocked: Literal["", Kind] = ""
    failed: tuple[str, ...] = ()
    watch: bool = False
    onchanges: bool = False


FREE = Standing()
"""The standing of a state without requisites."""


def judge(requisites: Mapping[str, tuple[int, ...]], results: Mapping[int, Outcome]) -> Standing:
    """Weigh requisites against what became of their targets; a target without outcome is fine.

    One good target is enough for ``require_any`` and ``watch_any``, one changed target for
    ``onchanges_any``. ``onfail`` and ``onfail_any`` are the same: one failure is enough.
    """
    watch = _changed(requisites, results, "watch")
    onchanges = _changed(requisites, results, "onchanges")
    kinds: tuple[Kind, ...] = ("require", "watch", "onchanges")
    for kind in kinds:
        failed = _failed(requisites.get(kind, ()), results)
        any_of = requisites.get(f"{kind}_any", ())
        any_failed = _failed(any_of, results)
        if kind == "onchanges":
            excused = any(each in results and results[each].changes for each in any_of)
        else:
            excused = len(any_failed) < len(any_of)
        if not excused:
            failed += any_failed
        if failed:
            return Standing(kind, failed, watch, onchanges)
    if not _failure_wanted(requisites, results):
        return Standing("onfail", (), watch, onchanges)
    if (requisites.get("onchanges") or requisites.get("onchanges_any")) and not onchanges:
        return Standing("onchanges", (), watch, onchanges)
    return Standing("", (), watch, onchanges)


def _changed(
    requisites: Mapping[str, tuple[int, ...]], results: Mapping[int, Outcome], kind: str
) -> bool:
    targets = (*requisites.get(kind, ()), *requisites.get(f"{kind}_any", ()))
    return any(each in results and bool(results[each].changes) for each in targets)


def _failed(targets: tuple[int, ...], results: Mapping[int, Outcome]) -> tuple[str, ...]:
    return tuple(
        results[each].ref for each in targets if each in results and results[each].result is False
    )


def _failure_wanted(
    requisites: Mapping[str, tuple[int, ...]], results: Mapping[int, Outcome]
) -> bool:
    """Return whether every ``onfail`` kind there is sees the failures it waits for."""
    for kind in ("onfail", "onfail_any"):
        targets = requisites.get(kind)
        if targets and not _failed(targets, results):
            return False
    every = requisites.get("onfail_all", ())
    return len(_failed(every, results)) == len(every)
