"""Text edits give what Salt 3008 gives: tests/cases/edits.json holds what its functions did.

``first`` is the file after one run of Salt, ``last`` after as many as it takes until nothing
changes; ``endless`` = that never comes.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from zester_peel.engine.outcome import Outcome

pytestmark = pytest.mark.anyio

CASES = Path(__file__).parents[2] / "cases" / "edits.json"
Call = Callable[..., Awaitable[Outcome]]
NOWHERE = "Neither before or after was found in {path}"
SAID = {
    # a missing file is named as everywhere; what is wrong with a block or a place names the file
    "unable to open {path}": "{path}: file not found",
    "Cannot edit marked block. Markers were not found in file.": (
        "Cannot edit marked block in {path}: markers were not found; "
        "set append_if_not_found or prepend_if_not_found"
    ),
    "Unterminated marked block. End of file reached before marker_end.": (
        "Unterminated marked block in {path}: end of file reached before marker_end"
    ),
    "Wrong conditions? Unable to ensure line without knowing where to put it before "
    "and/or after.": NOWHERE,
    "Neither before or after was found in file": NOWHERE,
}


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{number}: {case['state']}")
        for number, case in enumerate(json.loads(CASES.read_text(encoding="utf-8")))
    ]


def content(file: Path) -> str | None:
    return file.read_bytes().decode() if file.exists() else None


@pytest.mark.parametrize("case", cases())
async def test_an_edit_gives_what_salt_gives(
    case: Mapping[str, Any], root: Path, call: Call
) -> None:
    file = root / "f"
    if "before" in case:
        file.write_bytes(case["before"].encode())

    predicted = await call(case["state"], "/f", test=True, **case["args"])
    assert content(file) == case.get("before"), "test mode has changed something"
    found = await call(case["state"], "/f", **case["args"])

    if case.get("endless"):
        # one run of Salt's is enough, or there is no end: then nothing is begun
        assert content(file) == (case["first"] if found.result else case["before"])
        assert found.result or "would be changed again by each run" in found.comment
        return
    assert found.result is case["result"], found.comment
    assert content(file) == case.get("last", case.get("first"))
    comment = case.get("comment", "No changes needed to be made")
    if not (found.result is True and comment.startswith("unable")):
        comment = SAID.get(comment, comment)
    assert found.comment == comment.replace("{path}", "/f")
    assert predicted.changes == found.changes
    again = await call(case["state"], "/f", **case["args"])
    assert (again.result, again.changes) == (case["result"], {})
