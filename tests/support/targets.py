"""The one table of targets: a fleet, what each target means in it, where wrong ones are wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zester.targeting.node import NodeView

FOLDER = Path(__file__).parent.parent / "cases" / "targeting"


@dataclass(frozen=True, slots=True)
class Case:
    """A target of a kind and the ids that it means."""

    kind: str
    target: str
    means: frozenset[str]

    def __str__(self) -> str:
        return f"{self.kind}: {self.target}"


def _read(name: str) -> Any:  # noqa: ANN401 - any JSON value
    return json.loads((FOLDER / name).read_text())


def groups() -> dict[str, str]:
    """Return the node groups of the fleet."""
    return dict(_read("fleet.json")["groups"])


def fleet() -> dict[str, NodeView]:
    """Return the nodes of the fleet by id."""
    return {
        node: NodeView(node, **data, groups=groups())
        for node, data in _read("fleet.json")["nodes"].items()
    }


def cases() -> list[Case]:
    """Return every target that parses."""
    return [
        Case(case.get("kind", "compound"), case["target"], frozenset(case["means"]))
        for case in _read("means.json")
    ]


def mistakes() -> list[tuple[str, int]]:
    """Return targets that do not parse, each with the column that is wrong."""
    return [(case["target"], case["column"]) for case in _read("errors.json")]
