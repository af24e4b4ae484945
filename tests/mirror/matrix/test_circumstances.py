"""Everything that users do, under everything that may go wrong: the end is always the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import anyio
import pytest

from mirror.matrix.circumstances import CIRCUMSTANCES, WITHOUT_BUS, staged
from mirror.matrix.operations import OPERATIONS, Operation, settled, untouched
from support.kubernetes.mirrored import Mirrored
from zester.bus.server.embedded import EmbeddedServer

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", CIRCUMSTANCES)
async def test_what_users_do_is_done_in_the_end(
    cluster: Mirrored, server: EmbeddedServer, name: str
) -> None:
    operations = {
        space: operation
        for space, operation in OPERATIONS.items()
        if space != "conflict" or name not in WITHOUT_BUS  # nobody can move a head there
    }
    async with staged(cluster, server) as scene:
        await each(operations, lambda of, space: of.before(cluster, space))
        await each(operations, lambda _, space: settled(cluster, space, "other"))
        async with CIRCUMSTANCES[name](scene):
            await each(operations, lambda of, space: of.act(cluster, space))
            await anyio.sleep(0.5)
            if name not in WITHOUT_BUS:
                await each(operations, lambda of, space: untouched(cluster, of, space))
        await each(operations, lambda of, space: of.after(cluster, space))
        await each(operations, lambda of, space: untouched(cluster, of, space))


async def each(
    operations: Mapping[str, Operation], step: Callable[[Operation, str], Awaitable[None]]
) -> None:
    """Do something in all namespaces at once."""

    async def one(space: str, operation: Operation) -> None:
        await step(operation, space)

    async with anyio.create_task_group() as tasks:
        for space, operation in operations.items():
            tasks.start_soon(one, space, operation)
