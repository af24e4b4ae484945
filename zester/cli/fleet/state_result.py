"""The result of a run of states, for people: what changed or failed, then the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NEEDED = frozenset(("result", "changes", "comment", "__id__"))


def is_state_result(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether a value is what ``state.apply`` answers."""
    return (
        isinstance(value, Mapping)
        and bool(value)
        and all(isinstance(entry, Mapping) and entry.keys() >= _NEEDED for entry in value.values())
    )


def state_lines(value: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the lines to show."""
    lines: list[str] = []
    failed = changed = predicted = 0
    seconds = 0.0
    for tag, entry in sorted(value.items(), key=lambda each: each[1].get("__run_num__", 0)):
        result, changes = entry["result"], entry["changes"]
        seconds += float(entry.get("duration", 0)) / 1000
        failed += result is False
        changed += bool(changes) and result is True
        predicted += result is None
        if result is True and not changes:
            continue
        mark = {False: "FAILED", None: "would change"}.get(result, "changed")
        lines.append(f"{mark}: {_named(tag, entry)}")
        lines += [f"    {line}" for line in str(entry["comment"]).splitlines()]
        for key, change in changes.items() if isinstance(changes, Mapping) else ():
            shown = str(change).splitlines() or [""]
            lines += [f"    {key}: {shown[0]}", *(f"      {line}" for line in shown[1:])]
    parts = [f"{len(value)} states", f"{len(value) - failed} ok", f"{failed} failed"]
    parts.append(f"{predicted} would change" if predicted else f"{changed} changed")
    lines.append(f"{', '.join(parts)} in {seconds:.2f} s")
    return lines


def _named(tag: str, entry: Mapping[str, Any]) -> str:
    module, _, rest = tag.partition("_|-")
    function = rest.rpartition("_|-")[2]
    at = f" ({entry['__at__']})" if entry.get("__at__") else ""
    return f"{module}.{function}:{entry['__id__']}{at}"
