"""Applying one state file on a host, by hand."""

from __future__ import annotations

import json
from typing import Any

from hosts.systemd.machine import Machine

TREE = "/root/tree"


def apply(machine: Machine, text: str, *, test: bool = False) -> dict[str, Any]:
    """Apply a state file; return the results, as Salt shows them, by id."""
    folder = machine.path(f"{TREE}/states")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "it.sls").write_text(text)
    return apply_tree(machine, TREE, "it", test=test)


def apply_tree(machine: Machine, tree: str, *sls: str, test: bool = False) -> dict[str, Any]:
    """Apply SLS of a tree, or all that its top file assigns; return the results by id."""
    more = ("--test",) if test else ()
    done = machine.run("zester-peel", "apply", tree, *sls, *more, "-o", "json", check=False)
    assert done.returncode in (0, 2), done.stderr
    found: dict[str, Any] = json.loads(done.stdout)["local"]
    return {each["__id__"]: each for each in found.values()}


def settles(machine: Machine, text: str) -> dict[str, Any]:
    """Predict, apply, apply again: the prediction is right and the second run changes nothing."""
    predicted = apply(machine, text, test=True)
    applied = apply(machine, text)
    for name, result in applied.items():
        assert result["result"] is True, result["comment"]
        assert predicted[name]["changes"] == result["changes"]
        assert predicted[name]["result"] is (None if result["changes"] else True)
    again = apply(machine, text)
    assert all(each["result"] is True and not each["changes"] for each in again.values()), again
    return applied
