"""Commands that say themselves whether they changed anything."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from zester.dataclass import dataclass
from zester_peel.engine.fields import read_flag, read_text
from zester_peel.engine.state import Applied


@dataclass(frozen=True, slots=True)
class Stateful:
    """The output tells what changed; ``test_name`` is a command that predicts it."""

    test_name: str | None = None


def read_stateful(value: object) -> Stateful | None:
    """Read a bool, or ``[{test_name: command}]``."""
    items = value if isinstance(value, list | tuple) else [value]
    for item in items:
        if isinstance(item, Mapping) and set(item) == {"test_name"}:
            return Stateful(read_text(item["test_name"]))
    if isinstance(value, bool | str | int):
        return Stateful() if read_flag(value) else None
    raise ValueError("expected true, false or a list with test_name")


def reinterpret(
    out: str, err: str, changes: Mapping[str, Any], *, failed: bool, hidden: bool
) -> Applied:
    """Read what a command says of itself: a JSON object, or a last line of ``name=value``.

    ``changed`` tells whether it changed anything, ``comment`` what; the rest are its changes.
    """
    if not out.strip():
        return Applied({}, "" if hidden else err, not failed)
    try:
        said, rest = _read(out)
        changed = _is_true(said.pop("changed", "no"))
    except ValueError as error:
        return Applied(changes, str(error), False)
    comment = str(said.pop("comment", ""))
    if not changed:
        return Applied({}, comment, not failed)
    shown = {**changes, **said, "stdout": "" if hidden else str(said.get("stdout", rest))}
    return Applied(shown, comment, not failed)


def _read(out: str) -> tuple[dict[str, Any], str]:
    """Return what was said, and the output before it."""
    try:
        data = json.loads(out)
    except ValueError:
        rest, _, last = out.rstrip().rpartition("\n")
        try:
            return dict(item.split("=") for item in shlex.split(last)), rest
        except ValueError as error:
            raise ValueError(
                "Failed parsing script output! Stdout must be JSON or a line of name=value pairs."
            ) from error
    if not isinstance(data, dict):
        raise ValueError("script JSON output must be a JSON object (e.g., {})!")
    return data, ""


def _is_true(value: object) -> bool:
    text = str(value).lower()
    if text in ("true", "yes", "1"):
        return True
    if text in ("false", "no", "0"):
        return False
    raise ValueError(f"Failed parsing boolean value: {value}")
