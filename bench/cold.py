"""How long it takes until a program that was not running has its first answer."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from bench.figures import Figure

ROUNDS = 15


def measure() -> list[Figure]:
    """Start ``zester-peel`` again and again: for a fact, and for a function."""
    return [
        Figure("cold zester-peel facts os_family", _median("facts", "os_family"), 0.15, "s"),
        Figure("cold zester-peel call test.ping", _median("call", "test.ping"), 0.5, "s"),
    ]


def _median(*words: str) -> float:
    # As its entry point does it, without the search for a module that -m brings.
    script = "from zester_peel.main import main; main()"
    took = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", script, *words], check=True, stdout=subprocess.DEVNULL
        )
        took.append(time.perf_counter() - begun)
    return statistics.median(took)
