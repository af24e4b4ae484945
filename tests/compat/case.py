"""One tree of ``trees/``: what to render of it, with which facts and settings.

``case.yaml`` holds ``purpose``, and optionally ``facts`` (a file of ``facts/``, default ``debian``;
a ``facts.json`` beside it wins), ``sls`` (without it the top file decides), ``saltenv``,
``environments`` and ``settings`` (environment → folder), ``options`` (minion options of Salt),
``refused: true`` where Salt refuses it, and ``differs``: why we do not when Salt does, or
the other way round.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
TREES = HERE / "trees"


@dataclass(frozen=True, slots=True)
class Case:
    """``states`` are folders by environment; ``settings`` too, or one file or folder, or None."""

    name: str
    facts: dict[str, Any]
    sls: tuple[str, ...] | None
    saltenv: str | None
    states: dict[str, Path]
    settings: Path | dict[str, Path] | None
    options: dict[str, Any]
    refused: bool
    differs: str | None

    @property
    def refused_by_us(self) -> bool:
        return self.refused is not (self.differs is not None)

    @property
    def expectation(self) -> Path:
        return TREES / self.name / "expected.json"

    def expected(self) -> dict[str, Any]:
        """Return what Salt said when the expectation was written."""
        answer: dict[str, Any] = json.loads(self.expectation.read_text(encoding="utf-8"))
        return answer

    def for_salt(self) -> dict[str, Any]:
        """Return the case as ``salt_side.py`` takes it."""
        settings: str | dict[str, list[str]] | None = None
        if isinstance(self.settings, dict):
            settings = {env: [str(path)] for env, path in self.settings.items()}
        elif self.settings is not None:
            roots = {env: [str(self.settings)] for env in self.states}
            settings = roots if self.settings.is_dir() else str(self.settings)
        return {
            "name": self.name,
            "facts": self.facts,
            "sls": None if self.sls is None else list(self.sls),
            "saltenv": self.saltenv,
            "states": {env: [str(folder)] for env, folder in self.states.items()},
            "settings": settings,
            "options": self.options,
        }


def load_case(name: str) -> Case:
    folder = TREES / name
    given = yaml.safe_load((folder / "case.yaml").read_text(encoding="utf-8"))
    own = folder / "facts.json"
    facts = own if own.exists() else HERE / "facts" / f"{given.get('facts', 'debian')}.json"
    environments = given.get("environments", {"base": "states"})
    sls = given.get("sls")
    candidates = (folder / "settings.sls", folder / "settings")
    settings: Path | dict[str, Path] | None
    if "settings" in given:
        settings = {env: folder / place for env, place in given["settings"].items()}
    else:
        settings = next((path for path in candidates if path.exists()), None)
    return Case(
        name=name,
        facts=json.loads(facts.read_text(encoding="utf-8")),
        sls=None if sls is None else tuple(sls),
        saltenv=given.get("saltenv"),
        states={env: folder / place for env, place in environments.items()},
        settings=settings,
        options=given.get("options", {}),
        refused=given.get("refused", False),
        differs=given.get("differs"),
    )


def all_names() -> list[str]:
    return sorted(path.parent.name for path in TREES.glob("*/case.yaml"))
