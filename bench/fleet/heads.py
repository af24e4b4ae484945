"""From a new head to the last peel of a fleet that has looked at all its states."""

from __future__ import annotations

import json
import time
from functools import partial
from pathlib import Path

import anyio

from bench.figures import Figure
from bench.fleet.staged import Costs, rest
from bench.stage import Stage
from zester.bus.buckets import STATUS
from zester.bus.link.connection import Bus, open_bus
from zester.bus.link.message import Message
from zester.cli.console.context import Context
from zester.cli.dev.exercise import SOURCE, push_exercise
from zester.trust.tiers import Tier

BUDGET = 5.0
PATIENCE = 600.0


async def follow_heads(made: Stage, peels: int, states: int) -> Figure:
    """Push states, and once all peels have them another revision that changes none of them.

    Every peel renders and looks at all of its states both times.
    """
    context = Context(None, str(made.folder / ".zester/trust"), "base")
    login = context.login(Tier.OPERATOR)
    async with open_bus(context.servers, name="bench", login=login) as bus:
        follow = partial(_followed, bus, context, made, peels, states)
        first = await follow(1)
        print(f"  {peels:,} peels had {states} new states each after {first:.1f} s")
        await anyio.to_thread.run_sync(rest, made)
        costs = Costs(made)
        last = await follow(2)
        costs.tell(f"new head, no-op of {states} states", peels)
    return Figure(f"new head → last of {peels:,} peels, {states} states no-op", last, BUDGET, "s")


async def _followed(
    bus: Bus, context: Context, made: Stage, peels: int, states: int, revision: int
) -> float:
    """Push a revision; return the seconds until the last peel said that it had followed."""
    followed: set[str] = set()
    all_there = anyio.Event()

    def hear(message: Message) -> None:
        status = json.loads(message.data)
        if status.get("applied", {}).get(SOURCE, 0) >= revision:
            followed.add(status["id"])
            if len(followed) == peels:
                all_there.set()

    heard = await bus.subscribe(STATUS.live("*"), hear)
    start = time.perf_counter()
    await push_exercise(context, Path(made.folder) / "again", states, note=str(revision))
    with anyio.move_on_after(PATIENCE):
        await all_there.wait()
    seconds = time.perf_counter() - start
    await heard.close()
    if len(followed) < peels:
        print(f"  only {len(followed):,} of {peels:,} followed within {PATIENCE:g} s")
    return seconds
