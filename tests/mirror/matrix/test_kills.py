"""A mirror that is killed before or after any of its writes: the next one brings it to its end."""

from __future__ import annotations

from dataclasses import replace

import anyio
import pytest

from mirror.matrix.circumstances import staged
from mirror.matrix.killer import Killer, doomed
from mirror.matrix.operations import OPERATIONS, Operation, settled, untouched
from support.kubernetes.mirrored import Mirrored
from zester.bus.server.embedded import EmbeddedServer
from zester_controller.mirror.cluster.watch import Scope

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", OPERATIONS)
async def test_a_kill_before_or_after_any_write_changes_nothing_in_the_end(
    cluster: Mirrored, server: EmbeddedServer, name: str
) -> None:
    operation = OPERATIONS[name]
    killers = [
        Killer(f"{name}-{'after' if after else 'before'}-{number}", number, after)
        for number in range(1, operation.writes + 1)
        for after in (False, True)
    ]
    for killer in killers:
        await cluster.space(killer.space)
    async with staged(cluster, server):
        for killer in killers:
            await operation.before(cluster, killer.space)
        for killer in killers:
            await settled(cluster, killer.space, *operation.there)
    ended: dict[str, bool] = {}
    async with anyio.create_task_group() as tasks:
        for killer in killers:
            tasks.start_soon(_one, cluster, server, operation, killer, ended)
    assert ended[killers[0].space], "not even the first write came"
    assert not ended[killers[-1].space], "there are more writes than were tried"
    async with staged(cluster, server):
        for killer in killers:
            await operation.after(cluster, killer.space)
            await untouched(cluster, operation, killer.space)


async def _one(
    cluster: Mirrored,
    server: EmbeddedServer,
    operation: Operation,
    killer: Killer,
    ended: dict[str, bool],
) -> None:
    """Do it while a mirror of this namespace alone runs to its death, or to the end."""
    rules = replace(cluster.rules, scope=Scope((killer.space,)))
    alone = replace(cluster, rules=rules)
    ended[killer.space] = False
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(doomed, alone, server, killer)
        await operation.act(cluster, killer.space)
        await _struck_or(killer, operation, cluster)
        ended[killer.space] = killer.struck.is_set()
        tasks.cancel_scope.cancel()
    await untouched(cluster, operation, killer.space)


async def _struck_or(killer: Killer, operation: Operation, cluster: Mirrored) -> None:
    """Wait until the killer struck or everything is as it should be in the end."""
    async with anyio.create_task_group() as tasks:

        async def settle() -> None:
            await operation.after(cluster, killer.space)
            tasks.cancel_scope.cancel()

        tasks.start_soon(settle)
        await killer.struck.wait()
        tasks.cancel_scope.cancel()
