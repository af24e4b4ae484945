"""A master that mirrors a cluster: 2,000 objects at once, 500 updates of one of them.

The master, the double of an API server and a nats-server are processes of their own; the double
takes a good part of the time, so it is told beside the figures.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Figure

PROJECT = Path(__file__).parents[1]
MEASURING = "tests/mirror/budgets/measure_many_objects.py"
MEGABYTES = 1.048576


def measure() -> list[Figure]:
    """Measure; ``ZESTER_BENCH_OBJECTS``: how many there are, 2,000."""
    count = os.environ.get("ZESTER_BENCH_OBJECTS", "2000")
    with TemporaryDirectory(prefix="zester-bench-") as folder:
        found = _samples(Path(folder) / "samples")
    print(
        f"  mirror: {found['processor']:.1f} s of processor, the API server's double "
        f"{found['processor of the API server']:.1f} s; {found['empty, memory']:.0f} MiB before, "
        f"{found['memory']:.0f} MiB after; {found['revisions']:.0f} revisions for the updates"
    )
    return [
        Figure(f"mirror: {count} objects at once, until all are Ready", found["seconds"], 5, "s"),
        Figure(
            f"mirror: {count} objects, most memory ever",
            found["most memory"] * MEGABYTES,
            150,
            "MB",
        ),
        Figure("mirror: 500 updates, until the last one is Ready", found["last update"], 5, "s"),
    ]


def _samples(file: Path) -> dict[str, float]:
    # Only given by its name is the file collected.
    how = ("-o", "python_functions=measure_*", "-o", "timeout=900", "-q", MEASURING)
    environment = {**os.environ, "ZESTER_BENCH_SAMPLES": str(file)}
    argv = (sys.executable, "-m", "pytest", *how)
    done = subprocess.run(argv, cwd=PROJECT, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"the mirror could not be measured:\n{done.stdout[-4000:]}{done.stderr}")
    return dict(json.loads(line) for line in file.read_text().splitlines())
