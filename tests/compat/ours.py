"""Render a case with ``zester render``, in this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from compat.case import Case
from zester.cli.render import render
from zester.errors import SourceError


def our_low_state(case: Case, scratch: Path) -> dict[str, Any]:
    """Return ``{"low": [...]}``, ``{"refused": message}``, or ``{"crashed": error}`` for a bug.

    ``scratch`` is a folder to write the facts to.
    """
    facts = scratch / "facts.json"
    facts.write_text(json.dumps(case.facts), encoding="utf-8")
    env = case.saltenv or "base"
    arguments = ["--states", str(case.states[env]), "--facts", str(facts), "-o", "json"]
    if case.settings is not None:
        arguments += ["--settings", str(case.settings)]
    arguments += ["--saltenv", env, *(case.sls or ())]
    result = CliRunner().invoke(render, arguments)
    if isinstance(result.exception, SourceError):
        return {"refused": str(result.exception)}
    if result.exception is not None:
        return {"crashed": repr(result.exception)}
    return {"low": json.loads(result.stdout)}
