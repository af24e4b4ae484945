"""Doing the same with many things, a few at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import anyio
import anyio.lowlevel

from zester.errors import ZesterError

_AT_ONCE = 8
_SLICE = 32  # things done before others get the loop

Item = TypeVar("Item")
Result = TypeVar("Result")


async def side_by_side(
    act: Callable[[Item], Awaitable[Result]], items: Iterable[Item]
) -> list[Result]:
    """Return what became of each, in their order; the first error ends the rest and is raised."""
    numbered = iter(enumerate(items))
    results: dict[int, Result] = {}
    errors: list[ZesterError] = []

    async def work(scope: anyio.CancelScope) -> None:
        for number, item in numbered:
            try:
                results[number] = await act(item)
            except ZesterError as error:  # raised again below, alone
                errors.append(error)
                scope.cancel()
                return
            if number % _SLICE == 0:
                await anyio.lowlevel.checkpoint()

    async with anyio.create_task_group() as tasks:
        for _ in range(_AT_ONCE):
            tasks.start_soon(work, tasks.cancel_scope)
    if errors:
        raise errors[0]
    return [results[number] for number in sorted(results)]
