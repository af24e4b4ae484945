"""What may be written as ``max_in_flight``."""

from __future__ import annotations

import pytest

from zester.errors import ParameterError
from zester_peel.engine.run.conduct import read_conduct
from zester_peel.engine.run.slots import Share


@pytest.mark.parametrize(
    ("value", "share"),
    [
        (2, Share("nginx", 2)),
        ("2", Share("nginx", 2)),
        ({"limit": 3, "key": "web restart"}, Share("web restart", 3)),
        ({"limit": 1, "wait": 5}, Share("nginx", 1, 5)),
    ],
)
def test_a_number_or_a_map(value: object, share: Share) -> None:
    assert read_conduct({"max_in_flight": value}, "name", "nginx").share == share


@pytest.mark.parametrize(
    "value",
    [
        *(0, -1, True, 1.5, "many", "9" * 5000, [2], {}, {"limit": 0}, {"limit": 10**9}),
        *({"limit": 1, "kye": "x"}, {"limit": 1, "key": ""}, {"limit": 1, "key": "a\nb"}),
        *({"limit": 1, "key": "x" * 101}, {"limit": 1, "key": 5}, {"limit": 1, "wait": -1}),
        *({"limit": 1, "wait": float("inf")}, {"limit": 1, "wait": "long"}, {"key": "x"}),
        {"limit": 1, 5: 6},
    ],
)  # fmt: skip
def test_anything_else_fails_the_state(value: object) -> None:
    with pytest.raises(ParameterError, match="max_in_flight"):
        read_conduct({"max_in_flight": value}, "name", "nginx")
