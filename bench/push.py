"""From the call of a push to the new content on a connected peel."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import anyio

from bench.figures import Figure, quantiles
from bench.stage import Stage, spin, stage
from zester.bus.link.connection import open_bus
from zester.cli.console.context import Context
from zester.trees.build import build_tree
from zester.trees.publish import Destination, publish_tree
from zester.trust.tiers import Tier

PUSHES = 200
STATE = "f:\n  file.managed:\n    - name: /srv/f\n    - makedirs: True\n    - contents: '{n}'\n"


def measure() -> list[Figure]:
    """Push 200 times: build, check, upload, move the head; stop when the file holds it."""
    with stage() as made:
        made.write("states/top.zy", "base:\n  '*':\n    - f\n")
        samples = anyio.run(_pushes, made, made.root() / "srv/f")
    return quantiles("push → content on the peel", samples, 150, 500)


async def _pushes(made: Stage, target: Path) -> list[float]:
    samples = []
    to = Destination("base", "cli", "bench")
    context = Context(None, str(made.folder / ".zester/trust"), "base")
    login = context.login(Tier.PUBLISHER)
    async with open_bus(context.servers, name="bench", login=login) as bus:
        by = context.authority(await context.verifier(bus))
        for number in range(PUSHES + 5):
            (made.tree / "states/f.zy").write_text(STATE.format(n=number))
            start = time.perf_counter()
            await publish_tree(bus, build_tree(made.tree), to, by)
            wanted = f"{number}\n".encode()
            await anyio.to_thread.run_sync(spin, partial(_holds, target, wanted))
            samples.append((time.perf_counter() - start) * 1000)
            await anyio.sleep(0.25)
    return samples[5:]  # the first pushes also import and warm up


def _holds(path: Path, wanted: bytes) -> bool:
    try:
        return path.read_bytes() == wanted
    except OSError:
        return False
