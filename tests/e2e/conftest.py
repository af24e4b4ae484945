"""A dev set-up for each test, ended whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.dev import Dev


@pytest.fixture
def dev(tmp_path: Path) -> Iterator[Callable[[int], Dev]]:
    """``dev(peels)`` starts one."""
    started: list[Dev] = []

    def start(peels: int) -> Dev:
        made = Dev(tmp_path)
        started.append(made)
        made.zester("dev", "up", "--peels", str(peels), "--detach")
        return made

    yield start
    for made in started:
        if (made.folder / ".zester/dev.json").exists():
            made.zester("dev", "down")
