"""How paths lead to values, and what must end; which nodes a target means is in the table."""

from __future__ import annotations

import pytest

from zester.errors import TargetError
from zester.targeting.matcher import match
from zester.targeting.node import NodeView
from zester.targeting.parser import parse_target

NODE = NodeView(id="web-01", groups={"loop": "N@pool", "pool": "N@loop"})


def test_a_group_that_contains_itself_is_an_error() -> None:
    with pytest.raises(TargetError, match="contains itself"):
        match(parse_target("N@loop"), NODE)


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ("G@nested:key:sub:one", True),
        ("G@nested:*:sub:one", True),
        ("G@nested:*:sub:three", False),
        ("G@*:*:sub:one", True),
        ("G@nested:*:sub", True),
        ("G@list:x:y", True),
        ("G@list:x", True),
        ("G@list:z:1", True),
        ("G@ports:*:eth*", True),
        ("G@empty:*", False),
        ("G@nothing:*", True),
        ("P@nested:*:sub:^o", True),
    ],
)
def test_paths_lead_through_any_key(target: str, wanted: bool) -> None:
    facts = {
        "nested": {"key": {"sub": ["one", "two"]}},
        "list": [{"x": "y"}, {"z": 1}],
        "ports": {"a": ["eth0"], "b": []},
        "empty": [],
        "nothing": None,
    }
    assert match(parse_target(target), NodeView(id="w", facts=facts)) is wanted


def test_hostile_paths_end() -> None:
    facts: dict[str, object] = {"a": 1, "b": 2}
    for _ in range(40):
        facts = {"a": facts, "b": facts, "c": [facts, facts]}
    node = NodeView(id="w", facts=facts)
    for path in ("a:*:" * 24, "*:" * 90, "*:a:" * 45, "c:*:" * 30):
        assert not match(parse_target(f"G@{path}none"), node)
    with pytest.raises(TargetError, match="a path of more than 100 keys"):
        parse_target("G@" + "a:" * 30_000 + "b")
