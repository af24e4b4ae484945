"""The process of many peels: ``python -m zester_peel.main.swarm FILE``, until SIGTERM."""

from __future__ import annotations

import gc
import logging
import math
import resource
import shutil
import signal
import sys
from pathlib import Path

import anyio
import anyio.abc

from zester.errors import ZesterError, leaves
from zester.resources.swarm import SwarmShare
from zester.telemetry.logs import setup
from zester.telemetry.metrics import Metrics
from zester.telemetry.redaction.vault import Vault
from zester.templating.cache.library import Library
from zester.trees.cache import BlobCache
from zester_peel.agent.agent import Agent
from zester_peel.main.swarm.facts import template
from zester_peel.main.swarm.member import Common, make_agent

CONNECTING = 16
"""Peels that connect at the same time: all at once would be late for each other's deadlines."""

SETTLED = 5.0
"""Seconds after which a peel that is connected has what it keeps."""

GARBAGE = (50_000, 20, 50)
"""How much of what was made is looked through for garbage, how often …"""

GARBAGE_EACH = 1000
"""… and how much of every peel at least: when all are in the middle of something, nothing of what
that takes is garbage, and looking through it a tenth of the whole work."""

TEMPLATES = 4 * 1024 * 1024
"""Characters of templates that are compiled once for all of them."""

log = logging.getLogger(__name__)


def main() -> None:
    """Run the peels of a share; exit 1 with one log line when that cannot be."""
    setup("warning", "json", redactor=Vault())
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    gc.disable()  # of many peels there is much, and most of it stays
    try:
        share = SwarmShare.decode(Path(sys.argv[1]).read_bytes())
        try:
            anyio.run(_serve, share)
        finally:
            shutil.rmtree(share.memory, ignore_errors=True)
    except* ZesterError as group:
        for error in leaves(group):
            log.error("swarm cannot run", extra={"error": str(error)})
        sys.exit(1)


async def _serve(share: SwarmShare) -> None:
    shutil.rmtree(share.memory, ignore_errors=True)  # of one that was killed
    Path(share.memory).mkdir(mode=0o700)
    cache = BlobCache(Path(share.memory) / "blobs")
    common = Common(template(), Metrics(), Library(TEMPLATES), cache)
    agents = [make_agent(share, member, common) for member in share.members]
    turn = anyio.Semaphore(CONNECTING)
    async with anyio.create_task_group() as life:
        await life.start(_heed_signals, agents)
        life.start_soon(_settle, agents)
        async with anyio.create_task_group() as peels:
            for agent in agents:
                peels.start_soon(_run, agent, turn)
        life.cancel_scope.cancel()


async def _run(agent: Agent, turn: anyio.Semaphore) -> None:
    """Run an agent; the next one's turn comes once it is connected."""
    await turn.acquire()
    waiting = True

    def proceed() -> None:
        nonlocal waiting
        if waiting:
            waiting = False
            turn.release()

    agent.bus.on_connect(proceed)
    try:
        await agent.run()
    finally:
        proceed()


async def _settle(agents: list[Agent]) -> None:
    """Once all are there, look for garbage, but not among what they have by then."""
    for agent in agents:
        await agent.bus.wait_connected(math.inf)
    await anyio.sleep(SETTLED)
    gc.freeze()
    young, *older = GARBAGE
    gc.set_threshold(max(young, GARBAGE_EACH * len(agents)), *older)
    gc.enable()


async def _heed_signals(
    agents: list[Agent], *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    """SIGTERM and SIGINT end all of them in good order."""
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for _ in signals:
            for agent in agents:
                agent.stop()
            return


if __name__ == "__main__":
    main()
