"""Top files mean the nodes that the table of targets says."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from support.targets import cases, fleet
from zester.compiler.compile import compile_node
from zester.resources.files import Files
from zester.targeting.node import NodeView

CASES = cases()
FLEET = fleet()


class _Top:
    """A tree for each kind of match, in which every target assigns a state file of its own."""

    def __init__(self, kind: str) -> None:
        targets = {
            case.target: [{"match": kind}, f"c{number}"]
            for number, case in enumerate(CASES)
            if case.kind == kind
        }
        self._files: Mapping[str, bytes] = {
            "states/top.sls": json.dumps({"base": targets}).encode(),
            **{f"states/{files[1]}.sls": b"{}" for files in targets.values()},
        }

    def read(self, path: str) -> bytes | None:
        return self._files.get(path)

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self._files))


@pytest.mark.parametrize("node", FLEET.values(), ids=list(FLEET))
def test_a_node_gets_what_is_assigned_to_it(node: NodeView) -> None:
    for kind in sorted({case.kind for case in CASES}):
        tree: Files = _Top(kind)
        compiled = compile_node(tree, node, settings=node.settings)
        wanted = {
            f"c{number}"
            for number, case in enumerate(CASES)
            if case.kind == kind and node.id in case.means
        }
        assert set(compiled.sls) == wanted
