"""A run in the shape of Salt's ``state.apply``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from zester.compiler.lowstate import GUARDS
from zester_peel.engine.outcome import Outcome, RunResult


def as_salt(result: RunResult) -> dict[str, Any]:
    """The result in the shape of Salt's ``state.apply``."""
    found: dict[str, Any] = {}
    for number, outcome in enumerate(result.outcomes):
        tag = _tag(outcome)  # with hidden names two may be the same
        found[f"{tag}#{number}" if tag in found else tag] = _entry(outcome, number)
    return found


def _entry(outcome: Outcome, number: int) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": outcome.name,
        "result": outcome.result,
        "changes": dict(outcome.changes),
        "comment": outcome.comment,
        "start_time": datetime.fromtimestamp(outcome.started).time().isoformat(),
        "duration": round(outcome.duration * 1000, 3),
        "__id__": outcome.id,
        "__sls__": outcome.sls,
        "__run_num__": number,
        "__at__": str(outcome.at),
    }
    if outcome.skipped in GUARDS:
        entry["skip_watch"] = True
    elif outcome.skipped:
        entry["__state_ran__"] = False
    return entry


def _tag(outcome: Outcome) -> str:
    module, _, function = outcome.function.partition(".")
    return f"{module}_|-{outcome.id}_|-{outcome.name}_|-{function}"
