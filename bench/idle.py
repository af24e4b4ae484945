"""Memory and processor time of a peel that has nothing to do."""

from __future__ import annotations

import os
import time
from pathlib import Path

from bench.figures import Figure
from bench.stage import stage

SETTLE = 5.0
WATCHED = 60.0
STATES = 200


def measure() -> list[Figure]:
    """Converge 200 states, wait, then watch one peel and the master for a minute."""
    with stage() as made:
        made.write("states/top.zy", "base:\n  '*':\n    - many\n")
        states = "".join(
            f"f{number}:\n  file.managed:\n    - name: /srv/f{number}\n    - makedirs: True\n"
            f"    - contents: 'wanted {number} {{{{ facts.id }}}}'\n"
            for number in range(STATES)
        )
        made.write("states/many.zy", states)
        made.zester("push", "tree", "--wait")
        time.sleep(SETTLE)
        pids = {name: int(process["pid"]) for name, process in made.setup()["processes"].items()}
        before = {name: _cpu(pid) for name, pid in pids.items()}
        time.sleep(WATCHED)
        share = {name: (_cpu(pid) - before[name]) / WATCHED * 100 for name, pid in pids.items()}
        memory = {name: _rss(pid) for name, pid in pids.items()}
    return [
        Figure(f"idle peel, {STATES} states, resident memory", memory["peel-1"], 48, "MiB"),
        Figure("idle peel, share of a core over a minute", share["peel-1"], 0.2, "%"),
        Figure("idle master, resident memory", memory["master"], 120, "MiB"),
    ]


def _rss(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"no VmRSS for {pid}")


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
