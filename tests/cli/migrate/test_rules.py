"""Every rule, by examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

CASES = sorted((Path(__file__).parents[2] / "cases" / "migrate").glob("*.yaml"))


def _cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}: {case['name']}")
        for path in CASES
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def _remarks(report: Mapping[str, Any]) -> list[str]:
    return [
        f"{finding['severity']} {file['path']}:{finding['line']} {finding['message']}"
        for file in report["files"]
        for finding in file["findings"]
    ]


@pytest.mark.parametrize("case", _cases())
def test_case(
    case: dict[str, Any],
    put: Callable[[Mapping[str, str]], None],
    files: Callable[[], dict[str, bytes]],
    run: Callable[..., tuple[int, dict[str, Any]]],
) -> None:
    """``before`` and ``after`` are files; one text stands for ``a.sls``.

    ``says`` lists parts of remarks in order; a case without has none. ``code`` defaults to 0.
    """
    before = case["before"] if isinstance(case["before"], dict) else {"a.sls": case["before"]}
    after = case["after"] if isinstance(case["after"], dict) else {"a.zy": case["after"]}
    options = case.get("options", [])
    put(before)
    untouched = files()
    code, report = run(*options)
    assert files() == untouched
    remarks = _remarks(report)
    assert len(remarks) == len(case.get("says", [])), remarks
    for part, remark in zip(case.get("says", []), remarks, strict=True):
        assert part in remark
    assert code == case.get("code", 0)
    run("--write", *options)
    assert {path: data.decode() for path, data in files().items()} == after
    run("--write", *options)
    assert {path: data.decode() for path, data in files().items()} == after
