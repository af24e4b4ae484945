"""The table of state functions."""

from __future__ import annotations

import subprocess
import sys

import pytest

from zester_peel.states.registry import REGISTRY


@pytest.mark.parametrize("function", sorted(REGISTRY))
def test_each_entry_leads_to_its_function(function: str) -> None:
    assert REGISTRY[function].function == function
    assert REGISTRY[function] is REGISTRY[function]


def test_a_family_is_made_once() -> None:
    one, other = REGISTRY["service.running"], REGISTRY["service.dead"]
    assert vars(one)["_services"] is vars(other)["_services"]


def test_what_there_is_not_is_said_so() -> None:
    assert REGISTRY.get("file.mangled") is None
    assert "file.mangled" not in REGISTRY


def test_states_nobody_asks_for_are_not_imported() -> None:
    told = "import sys; from zester_peel.states.registry import REGISTRY as r; r['file.absent'];"
    told += "print(*[name for name in sys.modules if name.startswith('zester_peel.states.')])"
    argv = [sys.executable, "-c", told]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert "zester_peel.states.file.absent" in done.stdout
    assert "zester_peel.states.service" not in done.stdout
