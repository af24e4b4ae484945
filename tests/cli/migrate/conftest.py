"""Trees on the disk, and the command run on them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from zester.cli.migrate.main import migrate

Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    return folder


@pytest.fixture
def put(tree: Path) -> Callable[[Mapping[str, str | bytes]], None]:
    """Write files below the tree."""

    def write(files: Mapping[str, str | bytes]) -> None:
        for path, content in files.items():
            place = tree / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content.encode() if isinstance(content, str) else content)

    return write


@pytest.fixture
def files(tree: Path) -> Callable[[], dict[str, bytes]]:
    """Read all files of the tree."""

    def read() -> dict[str, bytes]:
        found = (path for path in tree.rglob("*") if path.is_file() or path.is_symlink())
        return {path.relative_to(tree).as_posix(): path.read_bytes() for path in found}

    return read


@pytest.fixture
def run(tree: Path) -> Run:
    """Run the command on the tree; returns the exit code and the JSON report."""

    def call(*args: str | Path) -> tuple[int, dict[str, Any]]:
        arguments = [str(arg) for arg in (tree, *args, "-o", "json", "--diff")]
        result = CliRunner().invoke(migrate, arguments, standalone_mode=False)
        if result.exception is not None:
            raise result.exception
        report = json.loads(result.stdout)
        assert report["exit_code"] == result.return_value
        return result.return_value, report

    return call
