"""docs/states.md says what the states themselves say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo

from zester.compiler.lowstate import GUARDS, REQUISITES
from zester.compiler.requisites.turning import IN_FORMS
from zester_peel.states.registry import REGISTRY

REFERENCE = Path(__file__).parents[2] / "docs" / "states.md"

Row = tuple[frozenset[str], str]
"""Every spelling of a parameter, and its default as written."""


@cache
def sections() -> dict[str, dict[str, Row]]:
    """Return each documented function's rows by the parameter's first spelling."""
    found: dict[str, dict[str, Row]] = {}
    for part in re.split(r"^## ", REFERENCE.read_text(encoding="utf-8"), flags=re.MULTILINE):
        heading, _, body = part.partition("\n")
        for function in re.findall(r"`([a-z_]+\.[a-z_]+)`", heading):
            assert function not in found, f"{function} has two sections"
            found[function] = dict(rows(body))
    return found


def rows(body: str) -> Iterator[tuple[str, Row]]:
    for line in body.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        names = re.findall(r"`([^`]+)`", cells[0])
        if line.startswith("| `") and names:
            yield names[0], (frozenset(names), cells[1])


def spellings(field: str, info: FieldInfo) -> frozenset[str]:
    alias = info.validation_alias
    choices = alias.choices if isinstance(alias, AliasChoices) else [field]
    return frozenset(map(str, choices))


def default(field: str, info: FieldInfo) -> str:
    if field == "name":
        return "the id"
    if info.is_required():
        return "required"
    if info.default is None or info.default == ():
        return "–"  # noqa: RUF001 - the dash of the tables
    if isinstance(info.default, tuple):
        return f"`{','.join(info.default)}`"
    return f"`{str(info.default).lower()}`"


def test_every_state_function_has_a_section_and_no_other_has() -> None:
    assert sorted(sections()) == sorted(REGISTRY)


@pytest.mark.parametrize("function", sorted(REGISTRY))
def test_every_parameter_is_described_with_its_spellings_and_default(function: str) -> None:
    spec: type[BaseModel] = REGISTRY[function].spec

    wanted = {
        field: (spellings(field, info), default(field, info))
        for field, info in spec.model_fields.items()
    }

    assert sections().get(function) == wanted


@pytest.mark.parametrize("key", [*REQUISITES, *IN_FORMS, *GUARDS])
def test_every_requisite_and_guard_is_described(key: str) -> None:
    common = REFERENCE.read_text(encoding="utf-8").partition("\n## `")[0]

    assert any(f"`{key}`" in line for line in common.splitlines() if line.startswith("| `"))
