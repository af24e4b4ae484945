"""``test.*``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from zester_peel.engine.outcome import Outcome

pytestmark = pytest.mark.anyio

Call = Callable[..., Awaitable[Outcome]]
PRETENDED = {"testing": {"old": "Unchanged", "new": "Something pretended to change"}}


@pytest.mark.parametrize(
    ("function", "args", "result", "changes", "comment"),
    [
        ("nop", {}, True, {}, "Success!"),
        ("succeed_without_changes", {"comment": "fine"}, True, {}, "fine"),
        ("succeed_with_changes", {}, True, PRETENDED, "Success!"),
        ("fail_without_changes", {}, False, {}, "Failure!"),
        ("fail_without_changes", {"comment": "os not supported"}, False, {}, "os not supported"),
        ("fail_with_changes", {}, False, PRETENDED, "Failure!"),
        ("configurable_test_state", {}, True, PRETENDED, "Success!"),
        ("configurable_test_state", {"changes": "no"}, True, {}, "Success!"),
        ("configurable_test_state", {"result": False}, False, PRETENDED, "Failure!"),
        ("configurable_test_state", {"result": 0, "changes": 0}, False, {}, "Failure!"),
        ("show_notification", {"text": "look here"}, True, {}, "look here"),
    ],
)
async def test_each_ends_as_its_name_says(
    call: Call,
    function: str,
    args: dict[str, object],
    result: bool,
    changes: object,
    comment: str,
) -> None:
    found = await call(f"test.{function}", "x", **args)
    assert (found.result, found.changes, found.comment) == (result, changes, comment)
    predicted = await call(f"test.{function}", "x", test=True, **args)
    assert predicted.changes == changes
    assert predicted.result is (None if changes else result)


async def test_settings_are_checked(call: Call, tree: Any) -> None:  # noqa: ANN401 - of conftest, which tests cannot import
    tree.values = {"settings": {"a": {"b": 1}, "list": [], "text": "x", "none": None}}
    good = await call(
        "test.check_pillar", "x", present=["a", "a:b"], integer="a:b", listing="list", verbose=True
    )
    assert good.result is True
    assert good.comment == (
        "Those keys passed the check: a (present), a:b (present), a:b (integer), list (listing)"
    )
    bad = await call("test.check_pillar", "x", present=["none", "gone"], dictionary="text")
    assert bad.result is False
    assert bad.comment.splitlines() == [
        'Pillar key "none" is missing.',
        'Pillar key "gone" is missing.',
        'Pillar key "text" is not dictionary.',
    ]
    assert (await call("test.check_pillar", "x")).result is False
