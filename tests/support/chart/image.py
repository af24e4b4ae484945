"""The image of the master, as its Dockerfile says."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
DOCKERFILE = ROOT / "controller/Dockerfile"


@dataclass(frozen=True, slots=True)
class Statement:
    """One instruction; ``stage`` counts the FROM before it, the first is 1."""

    stage: int
    name: str
    text: str

    @property
    def words(self) -> list[str]:
        """What a list says, or the words of a text."""
        if self.text.startswith("["):
            found: list[str] = json.loads(self.text)
            return found
        return self.text.split()


def statements() -> list[Statement]:
    """Read the Dockerfile."""
    text = re.sub(r"\\\n", " ", DOCKERFILE.read_text(encoding="utf-8"))
    found: list[Statement] = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, _, rest = line.partition(" ")
        stage = sum(each.name == "FROM" for each in found) + (name == "FROM")
        found.append(Statement(stage, name, rest.strip()))
    return found


def last(name: str) -> Statement:
    """Return the statement of that name that counts at run time."""
    return [each for each in statements() if each.name == name][-1]


def copy_sources(folder: Path) -> None:
    """Copy what the first stage copies, so that nothing else is there."""
    for each in statements():
        if each.name != "COPY" or each.text.startswith("--from"):
            continue
        *sources, target = each.words
        for source in sources:
            place = folder / (source if target in (".", "./") else target)
            if (ROOT / source).is_dir():
                ignore = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / source, place, ignore=ignore)
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, place)
