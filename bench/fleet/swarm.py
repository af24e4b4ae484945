"""Commands and pushes to a simulated fleet, beside Salt's commands to real minions.

``ZESTER_BENCH_PEELS``: sizes of the fleets, ``1000,10000`` by default.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

import anyio

from bench.figures import Figure
from bench.fleet.heads import follow_heads
from bench.fleet.salt import SIZES, measure_salt
from bench.fleet.staged import Costs, swarm
from bench.stage import Stage
from zester.bus.link.connection import open_bus
from zester.cli.console.context import Context
from zester.cli.fleet.dispatch import dispatch
from zester.cli.fleet.operator import Operator
from zester.cli.fleet.request import Options, make_request
from zester.trust.tiers import Tier

PINGS = 7
BUDGETS = {1000: 1.0, 10_000: 5.0}
REST = 0.0005
"""Seconds of rest for each peel between two of them: what a peel is told after its answer, that
this one is kept, is still being told."""

HEADS, STATES = 1000, 200
"""How many peels follow a new head, and how many states each of them looks at."""

ENTIRE = {1: "web-0001", 10: "app-*", 50: "*"}
"""Targets that mean so many of a swarm of 50."""


def measure() -> list[Figure]:
    """Ask fleets for signs of life, move a head, ask Salt's minions."""
    sizes = [int(size) for size in os.environ.get("ZESTER_BENCH_PEELS", "1000,10000").split(",")]
    figures = []
    for size in sizes:
        figures += _of_size(size)
    return [*figures, *_beside_salt()]


def _of_size(size: int) -> list[Figure]:
    with swarm(size) as made:
        costs = Costs(made)
        seconds, answered = anyio.run(_pings, made, "*", PINGS)
        costs.tell(f"test.ping of {size:,}", size * PINGS)
        print(f"  `zester '*' test.ping` as a command of its own: {_command(made, '*'):.2f} s")
        heads = [anyio.run(follow_heads, made, size, STATES)] if size == HEADS else []
    if answered != size:
        print(f"  only {answered:,} of {size:,} answered each time")
    budget = BUDGETS.get(size, size / 1000)
    name = f"test.ping, last answer of {size:,} peels"
    return [
        Figure(f"{name}, median", statistics.median(seconds), budget, "s"),
        Figure(f"{name}, worst of {PINGS}", max(seconds), budget, "s"),
        *heads,
    ]


def _beside_salt() -> list[Figure]:
    salt = measure_salt()
    if not salt:
        return []
    figures = []
    with swarm(max(SIZES)) as made:
        for size, theirs in salt.items():
            ours = statistics.median(_command(made, ENTIRE[size]) for _ in range(PINGS))
            name = f"command test.ping, {size} simulated peels, beside Salt's"
            figures.append(Figure(name, ours, theirs, "s"))
    return figures


async def _pings(made: Stage, target: str, times: int) -> tuple[list[float], int]:
    """Return the seconds until the last answer of each, and the fewest answers."""
    context = Context(None, str(made.folder / ".zester/trust"), "base")
    signer = context.signer(Tier.OPERATOR)
    samples, fewest = [], 10**9
    login = context.login(Tier.OPERATOR)
    async with open_bus(context.servers, name="bench", login=login) as bus:
        who = Operator(bus, signer, await context.verifier(bus))
        for _ in range(times):
            request = make_request(target, "compound", "test.ping", (), {}, Options(quiet=True))
            start = time.perf_counter()
            outcome = await dispatch(who, request, lambda *_: None)
            samples.append(time.perf_counter() - start)
            fewest = min(fewest, sum(returned.ok for returned in outcome.returns.values()))
            await anyio.sleep(REST * len(outcome.returns))
    return samples, fewest


def _command(made: Stage, target: str) -> float:
    argv = [sys.executable, "-m", "zester.cli.main", target, "test.ping", "--quiet"]
    start = time.perf_counter()
    done = subprocess.run(argv, cwd=made.folder, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if done.returncode:
        print(f"  {target} test.ping: exit code {done.returncode}")
    return seconds
