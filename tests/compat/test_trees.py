"""Every tree compiles to what real Salt made of it; ``make compat`` keeps the expectations true."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.case import all_names, load_case
from compat.comparison import differences
from compat.ours import our_low_state


# Formulas write "\\s" in plain Jinja strings; Jinja reads them with Python's own decoder.
@pytest.mark.filterwarnings("ignore:invalid escape sequence:DeprecationWarning")
@pytest.mark.parametrize("name", all_names())
def test_a_tree_compiles_as_in_salt(name: str, tmp_path: Path) -> None:
    case = load_case(name)
    expected = case.expected()
    ours = our_low_state(case, tmp_path)
    assert ("refused" in expected) is case.refused, expected
    assert set(ours) == {"refused" if case.refused_by_us else "low"}, ours
    if "refused" in ours or "refused" in expected:
        return
    assert "\n".join(differences(ours["low"], expected["low"])) == ""


def test_there_are_trees_enough() -> None:
    assert len(all_names()) >= 60
