"""What a target expression, a template and a top file may know of a node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from zester.dataclass import dataclass
from zester.targeting.os_fact import with_os_fact


@dataclass(frozen=True, slots=True)
class NodeView:
    """One node. ``labels`` are asserted by the master, ``facts`` reported by the node itself;
    ``groups`` maps the name of each node group to its target expression."""

    id: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", with_os_fact(self.facts))
