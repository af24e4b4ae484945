"""What template functions may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zester.targeting.value import Value


@dataclass(frozen=True, slots=True)
class Scope:
    """One node as templates see it; templates may change these mappings, as in Salt."""

    id: str
    env: str
    facts: Mapping[str, Value]
    settings: Mapping[str, Value]
    opts: Mapping[str, Value]
