"""Every case in tests/cases/states: predicted, applied, settled."""

from __future__ import annotations

import re
import stat
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from zester_peel.engine.outcome import Outcome

pytestmark = pytest.mark.anyio

CASES = Path(__file__).parent.parent / "cases" / "states"
Call = Callable[..., Awaitable[Outcome]]
Tree = Any  # the one of conftest, which tests cannot import


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{file.stem}: {case['case']}")
        for file in sorted(CASES.glob("*.yaml"))
        for case in yaml.safe_load(file.read_text(encoding="utf-8"))
    ]


def prepare(root: Path, given: Mapping[str, Any]) -> None:
    """Create what is given: a text = a file, a name that ends with a slash = a folder."""
    for name, what in given.items():
        path = root / name.strip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        about = what if isinstance(what, dict) else {"content": what}
        if name.endswith("/"):
            path.mkdir()
        elif "link" in about:
            path.symlink_to(about["link"])
            continue
        else:
            path.write_bytes(about["content"].encode())
        if "mode" in about:
            path.chmod(int(about["mode"], 8))


def snapshot(root: Path) -> dict[str, tuple[int, bytes | str]]:
    """Return everything below the root with mode and content."""
    found: dict[str, tuple[int, bytes | str]] = {}
    for path in root.rglob("*"):
        mode = path.lstat().st_mode
        content: bytes | str = b""
        if stat.S_ISLNK(mode):
            content = str(path.readlink())
        elif stat.S_ISREG(mode):
            content = path.read_bytes()
        found[str(path.relative_to(root))] = (mode, content)
    return found


def check(root: Path, name: str, about: Mapping[str, Any] | None) -> None:
    path = root / name.strip("/")
    if about is None:
        assert not path.exists()
        assert not path.is_symlink()
        return
    if "link" in about:
        assert str(path.readlink()) == about["link"]
        return
    assert not path.is_symlink()
    if "content" in about:
        assert path.read_bytes().decode() == about["content"]
    if "mode" in about:
        assert f"{stat.S_IMODE(path.stat().st_mode):04o}" == about["mode"]


@pytest.mark.parametrize("case", cases())
async def test_case(case: Mapping[str, Any], root: Path, call: Call, tree: Tree) -> None:
    prepare(root, case.get("given", {}))
    tree.files = {path: text.encode() for path, text in case.get("tree", {}).items()}
    tree.values = case.get("values", {})
    state = (case["state"], case["name"])
    args = case.get("args", {})

    before = snapshot(root)
    predicted = await call(*state, test=True, **args)
    assert snapshot(root) == before, "test mode has changed something"
    applied = await call(*state, **args)

    if "error" in case:
        assert predicted.result is False
        assert re.search(case["error"], predicted.comment)
        assert (applied.result, applied.comment) == (False, predicted.comment)
        assert snapshot(root) == before
        return
    if "fails" in case:
        assert (predicted.result, predicted.comment) == (None, case["predicts"])
        assert applied.result is False
        assert re.search(case["fails"], applied.comment)
        assert snapshot(root) == before
        return
    assert applied.result is True, applied.comment
    assert predicted.changes == applied.changes
    assert predicted.result is (None if applied.changes else True)
    if "changes" in case:
        assert applied.changes == case["changes"]
    if "predicts" in case:
        assert predicted.comment == case["predicts"]
    if "comment" in case:
        assert applied.comment == case["comment"]
    for name, about in case.get("then", {}).items():
        check(root, name, about)

    after = snapshot(root)
    settled = await call(*state, **args)
    assert (settled.result, settled.changes) == (True, {})
    assert settled.comment == case.get("settled", settled.comment)
    assert snapshot(root) == after
