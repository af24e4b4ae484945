"""The size of the rooms: what grows beyond it wants a concept of its own."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
WINGS = ("zester", "peel", "controller", "tests", "bench", "fuzz")
MOST_MODULES = 15
MOST_LINES = 320  # 300 is meant: who is a little over it has to find out what to take out first


def modules() -> list[Path]:
    return [file for wing in WINGS for file in (HOUSE / wing).rglob("*.py")]


def test_what_is_delivered_declares_its_dataclasses_the_cheap_way() -> None:
    standard = re.compile(r"^from dataclasses import .*\bdataclass\b|@dataclasses\.dataclass", re.M)
    own = HOUSE / "zester/dataclass.py"
    delivered = [each for wing in WINGS[:3] for each in (HOUSE / wing).rglob("*.py") if each != own]
    assert [str(each) for each in delivered if standard.search(each.read_text())] == []


def test_no_folder_holds_more_modules_than_one_can_survey() -> None:
    held = Counter(module.parent.relative_to(HOUSE) for module in modules())
    assert {str(folder): count for folder, count in held.items() if count > MOST_MODULES} == {}


def test_no_file_is_longer_than_one_can_read() -> None:
    lengths = {module: module.read_bytes().count(b"\n") for module in modules()}
    assert {str(module): length for module, length in lengths.items() if length > MOST_LINES} == {}
