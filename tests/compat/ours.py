"""Render a case with ``zester render``, in this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from compat.case import Case
from zester.cli.render.command import render
from zester.errors import SourceError

OPTIONS = {
    "top_file_merging_strategy": "--top-merge",
    "default_top": "--default-top",
    "pillar_source_merging_strategy": "--settings-merge",
}


def our_low_state(case: Case, scratch: Path) -> dict[str, Any]:
    """Return ``{"low": [...]}``, ``{"refused": message}``, or ``{"crashed": error}`` for a bug.

    ``scratch`` is a folder to write the facts and the node groups to. A state file that is asked
    for alone is rendered with ``--each``.
    """
    alone = case.sls is not None and len(case.sls) == 1
    arguments = [*_arguments(case, scratch), *(("--each",) if alone else ()), *(case.sls or ())]
    result = CliRunner().invoke(render, arguments)
    if isinstance(result.exception, SourceError):
        return {"refused": str(result.exception)}
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return {"crashed": f"{result.exception!r} {result.output}"}
    if not alone:
        return {"low": json.loads(result.stdout)}
    (answer,) = json.loads(result.stdout).values()
    return {"refused": f"{answer['at']}: {answer['error']}"} if "error" in answer else answer


def _arguments(case: Case, scratch: Path) -> list[str]:
    arguments = ["-o", "json", "--facts", _json(scratch / "facts.json", case.facts)]
    arguments += [
        word for env, path in case.states.items() for word in ("--states", f"{env}={path}")
    ]
    if isinstance(case.settings, dict):
        roots = [f"{env}={path}" for env, path in case.settings.items()]
    else:
        roots = [] if case.settings is None else [str(case.settings)]
    arguments += [word for root in roots for word in ("--settings", root)]
    if case.saltenv is not None:
        arguments += ["--saltenv", case.saltenv]
    for name, value in case.options.items():
        if name == "nodegroups":
            arguments += ["--nodegroups", _json(scratch / "groups.json", value)]
        elif name == "pillar_merge_lists":
            arguments += ["--merge-lists"] if value else []
        else:
            arguments += [OPTIONS[name], str(value)]
    return arguments


def _json(path: Path, value: object) -> str:
    path.write_text(json.dumps(value), encoding="utf-8")
    return str(path)
