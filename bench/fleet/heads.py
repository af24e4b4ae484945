"""From a new head to the last peel of a fleet that has looked at all its states."""

from __future__ import annotations

import json
import time
from pathlib import Path

import anyio

from bench.figures import Figure
from bench.fleet.staged import Costs
from bench.stage import Stage
from zester.bus.buckets import STATUS
from zester.bus.link.connection import open_bus
from zester.bus.link.message import Message
from zester.cli.console.context import Context
from zester.cli.dev.exercise import SOURCE, push_exercise
from zester.trust.tiers import Tier

BUDGET = 5.0
PATIENCE = 300.0


async def follow_heads(made: Stage, peels: int, states: int) -> Figure:
    """Push another revision of the same states; every peel renders and looks at all of them."""
    context = Context(None, str(made.folder / ".zester/trust"), "base")
    followed: dict[str, float] = {}
    wanted = 10**9
    all_there = anyio.Event()

    def hear(message: Message) -> None:
        status = json.loads(message.data)
        if status.get("applied", {}).get(SOURCE, 0) >= wanted:
            followed.setdefault(status["id"], time.perf_counter())
            if len(followed) == peels:
                all_there.set()

    login = context.login(Tier.OPERATOR)
    async with open_bus(context.servers, name="bench", login=login) as bus:
        await bus.subscribe(STATUS.live("*"), hear)
        costs = Costs(made)
        wanted = 2
        start = time.perf_counter()
        await push_exercise(context, Path(made.folder) / "again", states, note="again")
        with anyio.move_on_after(PATIENCE):
            await all_there.wait()
    if len(followed) < peels:
        print(f"  only {len(followed):,} of {peels:,} followed within {PATIENCE:g} s")
    costs.tell(f"new head, no-op of {states} states", peels)
    last = max(followed.values(), default=start + PATIENCE) - start
    return Figure(f"new head → last of {peels:,} peels, {states} states no-op", last, BUDGET, "s")
