"""Objects of our kinds, and what servers say of them: ``tests/cases/kubernetes``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from support.kinds.admission import Body, formed
from zester.resources.kubernetes.definition import object_schema
from zester.resources.kubernetes.kind import CustomKind
from zester.resources.kubernetes.names import API_VERSION
from zester.resources.kubernetes.registry import CUSTOM_KINDS

CASES = Path(__file__).parents[2] / "cases/kubernetes"
SCHEMAS = {kind.name: object_schema(kind) for kind in CUSTOM_KINDS}


@dataclass(frozen=True, slots=True)
class KindCase:
    """``wrong`` maps each place to a part of what is said about it; ``old`` was there before."""

    kind: CustomKind
    name: str
    body: Body
    old: Body | None
    wrong: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.kind.singular}-{self.name}"


def kind_cases() -> Iterator[KindCase]:
    """Read all cases of all kinds."""
    for kind in CUSTOM_KINDS:
        written = yaml.safe_load((CASES / f"{kind.plural}.yaml").read_text(encoding="utf-8"))
        for each in written:
            old = each.get("old")
            yield KindCase(
                kind,
                each["case"],
                _formed(kind, each),
                None if old is None else _formed(kind, old),
                each.get("wrong", {}),
            )


def _formed(kind: CustomKind, given: Mapping[str, Any]) -> Body:
    body = {name: given[name] for name in ("spec", "status") if name in given}
    told = formed(
        SCHEMAS[kind.name],
        {"apiVersion": API_VERSION, "kind": kind.name, "metadata": {"name": "a"}, **body},
    )
    assert not told.unknown, f"{kind.name}: the case has unknown fields: {told.unknown}"
    return told.value
