"""Run the benchmarks and print each figure beside its budget; exit 1 when one is missed."""

from __future__ import annotations

import importlib
import os
import signal
import sys

NAMES = (
    *("cold", "render", "converge", "push", "tamper", "large_tree", "idle", "hosts", "mirror"),
    *("fleet.targets", "fleet.grants", "fleet.swarm", "fleet.fanout", "fleet.deaths"),
)


def main(names: list[str]) -> int:
    """Run the named benchmarks, all by default."""
    short = {name.rpartition(".")[2]: name for name in NAMES}
    unknown = set(names) - set(short)
    if unknown:
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(short)}")
        return 2
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; lower is better")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended then too
    missed = False
    for name in names or short:
        for figure in importlib.import_module(f"bench.{short[name]}").measure():
            print(figure, flush=True)
            missed |= not figure.kept
    return int(missed)


sys.exit(main(sys.argv[1:]))
