"""A program all of whose states are as they were seen: looked at in one go."""

from __future__ import annotations

import anyio.lowlevel

from zester_peel.engine.program import Program
from zester_peel.host.protocol import HostReader

_TOGETHER = 500
"""States that are looked at before the event loop gets its turn."""


async def unmoved(program: Program, host: HostReader) -> bool:
    """Look at every state; return whether each proves that it is as it was when it was right.

    Then nobody acts, and there is no order to keep. False as soon as one has to be looked into.
    """
    nodes = program.nodes
    if any(node.seen is None or not node.steady for node in nodes):
        return False
    for number, node in enumerate(nodes, start=1):
        proof = node.proof(host)
        if proof is None or proof.mark != node.seen:
            return False
        if not number % _TOGETHER:
            await anyio.lowlevel.checkpoint()
    return True
