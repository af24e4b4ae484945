"""What a peel does on a host that boots: drift put right, and the cost of nothing to do."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Figure

PROJECT = Path(__file__).parents[1]
RUN = PROJECT / "tests/hosts/run"
MEASURING = "tests/hosts/systemd/budgets/measure_budgets.py"
LIMIT = 600  # seconds for all but watching the idle peel

_REPAIRED = (
    ("file", "on a host: file tampered → restored", 250.0),
    ("service", "on a host: systemctl stop → running", 1000.0),
    ("package", "on a host: apt-get remove → back", 5000.0),
    ("user", "on a host: userdel → back", 5000.0),
    ("crontab", "on a host: crontab edited → as wished", 5000.0),
    ("sysctl", "on a host: sysctl changed → as wished", 5000.0),
    ("mount", "on a host: umount → mounted", 5000.0),
)


def measure() -> list[Figure]:
    """Boot hosts and measure; ``ZESTER_BENCH_IDLE``: seconds the idle peel is watched, 60."""
    if os.geteuid():
        print("hosts: not measured: booting hosts needs root; run `sudo make bench`")
        return []
    with TemporaryDirectory(prefix="zester-bench-") as folder:
        samples = _samples(Path(folder) / "samples")
    figures = []
    for name, shown, budget in _REPAIRED:
        values = samples[name]
        middle = statistics.median(values)
        figures += [
            Figure(f"{shown}, p50 of {len(values)}", middle, budget, "ms"),
            Figure(f"{shown}, p99", _p99(values), budget, "ms"),
        ]
    (watched,) = samples["idle"]
    memory = samples["idle memory"]
    (share,) = samples["idle share"]
    return [
        *figures,
        Figure(
            f"on a host: idle peel, 1000 states, resident memory, p50 of {len(memory)}",
            statistics.median(memory),
            48,
            "MiB",
        ),
        Figure("on a host: idle peel, 1000 states, resident memory, most", max(memory), 48, "MiB"),
        Figure(f"on a host: idle peel, share of a core in {watched:g} s", share, 0.2, "%"),
    ]


def _samples(file: Path) -> dict[str, list[float]]:
    idle = os.environ.get("ZESTER_BENCH_IDLE", "60")
    environment = {
        **os.environ,
        "ZESTER_BENCH_SAMPLES": str(file),
        "ZESTER_BENCH_IDLE": idle,
        "ZESTER_HOSTS_LIMIT": str(LIMIT + int(float(idle))),
    }
    # Only given by its name is the file collected: `make hosts` passes it over.
    how = ("-o", "python_functions=measure_*", "-q", MEASURING)
    argv = (str(RUN), sys.executable, *how)
    done = subprocess.run(argv, cwd=PROJECT, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"hosts could not be measured:\n{done.stdout[-4000:]}{done.stderr}")
    found: dict[str, list[float]] = defaultdict(list)
    for line in file.read_text().splitlines():
        name, value = json.loads(line)
        found[name].append(value)
    return found


def _p99(values: list[float]) -> float:
    """The 99th of a hundred; of fewer the worst."""
    return sorted(values)[max(0, -(-len(values) * 99 // 100) - 1)]
