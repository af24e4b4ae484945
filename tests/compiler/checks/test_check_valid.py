"""Valid formulas of every kind: a word against one of them would block a push."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from zester.compiler.checks.tree import check_tree
from zester.resources.files import Files

FORMULAS = sorted((Path(__file__).parents[2] / "cases" / "valid_formulas").glob("*.sls"))


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda path: path.stem)
def test_nothing_is_said_against_a_formula_that_can_be_valid(
    formula: Path, memory_files: Callable[[dict[str, bytes]], Files]
) -> None:
    tree = memory_files(
        {"states/it.sls": formula.read_bytes(), "states/other.sls": b"o: {t.n: []}"}
    )

    assert [str(problem) for problem in check_tree(tree)] == []
