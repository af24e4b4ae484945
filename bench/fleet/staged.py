"""A swarm in a temporary folder, and what its processes cost."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.stage import Stage

QUIET = 0.25
"""Share of a core that all of them together may still use when measuring begins …"""

PATIENCE = 120.0
"""… or so many seconds later, whatever they do."""


@contextmanager
def swarm(peels: int) -> Iterator[Stage]:
    """Start a swarm, wait until it is at rest, yield, end it."""
    with TemporaryDirectory(prefix="zester-bench-") as folder:
        made = Stage(Path(folder))
        made.zester("dev", "swarm", str(peels), "--detach")
        try:
            rest(made)
            yield made
        finally:
            made.zester("dev", "down")


class Costs:
    """Processor time of every process since it was made."""

    def __init__(self, made: Stage) -> None:
        self._made = made
        self._before = seconds(made)

    def tell(self, what: str, each: int) -> None:
        """Print the milliseconds of each of so many answers, by process."""
        now = seconds(self._made)
        spent = {name: now[name] - before for name, before in self._before.items()}
        split = {"server": spent["nats"], "master": spent["master"]}
        split["peel"] = sum(used for name, used in spent.items() if name.startswith("swarm-"))
        parts = ", ".join(f"{name} {used / each * 1000:.2f} ms" for name, used in split.items())
        print(f"  {what}, processor time for each: {parts}; load {os.getloadavg()[0]:.1f}")


def seconds(made: Stage) -> dict[str, float]:
    """Return the processor seconds of every process."""
    found = {}
    for name, process in made.setup()["processes"].items():
        stat = Path(f"/proc/{process['pid']}/stat").read_text()
        fields = stat.rpartition(")")[2].split()
        found[name] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return found


def rest(made: Stage) -> None:
    """Wait until the processes have little to do."""
    deadline = time.monotonic() + PATIENCE
    before = seconds(made)
    while time.monotonic() < deadline:
        time.sleep(2)
        now = seconds(made)
        if sum(now.values()) - sum(before.values()) < QUIET * 2:
            return
        before = now
