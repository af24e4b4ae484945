"""A push of 5,000 files as a user runs it."""

from __future__ import annotations

import time
from collections.abc import Callable

from bench.figures import Figure
from bench.stage import stage

FILES = 5000


def measure() -> list[Figure]:
    """Push 5,000 files of 1 KiB, then the same with one file changed."""
    with stage(peels=0) as made:
        made.write("states/top.zy", "base:\n  '*':\n    - web\n")
        made.write("states/web.zy", "x:\n  test.nop\n")
        for number in range(FILES):
            made.write(f"states/files/d{number % 50}/f{number}", f"{number}\n" * 150)
        first = _push(made.zester)
        made.write("states/files/d0/f0", "changed")
        again = _push(made.zester)
    return [
        Figure(f"push of {FILES} files, whole process", first, 10, "s"),
        Figure("the same with one file changed", again, 5, "s"),
    ]


def _push(zester: Callable[..., str]) -> float:
    start = time.perf_counter()
    zester("push", "tree")
    return time.perf_counter() - start
