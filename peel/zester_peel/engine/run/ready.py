"""Running a graph: whatever is ready, in definition order, a bounded number at a time."""

from __future__ import annotations

import heapq
import time
from collections.abc import Awaitable, Callable, Collection

import anyio
import anyio.lowlevel

from zester_peel.engine.graph import Graph
from zester_peel.engine.run.folding import Folding

_SLICE = 0.005  # seconds of work after which the event loop gets its turn


class ReadyQueue:
    """Visits the positions of a graph, each one after all it waits for.

    Mostly one at a time; what ``folding`` allows is visited together with what it follows.

    Of the graph only what follows from ``members`` is walked; what lies between members is passed
    through, so that order holds across it.
    """

    def __init__(
        self,
        graph: Graph,
        members: Collection[int] | None,
        visit: Callable[[tuple[int, ...]], Awaitable[None]],
        folding: Folding | None = None,
    ) -> None:
        self._graph = graph
        self._members = members
        self._visit = visit
        self._folding = folding
        self._taken: frozenset[int] = frozenset()
        reached = range(len(graph.waits)) if members is None else _reached(graph, members)
        self._left = len(reached)
        self._missing = {
            position: sum(each in reached for each in graph.waits[position]) for position in reached
        }
        self._ready: list[tuple[int, int]] = []
        self._wake = anyio.Event()
        self._idle = 0
        self._stopped = False
        self._turn = time.monotonic()
        for position in [each for each, count in self._missing.items() if not count]:
            self._offer(position)

    async def run(self, concurrency: int) -> None:
        """Visit everything; an error of a visit cancels the others and is raised."""
        workers = min(concurrency, self._left)
        if workers == 1:
            await self._work()
            return
        async with anyio.create_task_group() as group:
            for _ in range(workers):
                group.start_soon(self._work)

    def stop(self) -> None:
        """Begin nothing more; ``run`` returns when what has begun is finished."""
        self._stopped = True
        self._wake.set()

    async def _work(self) -> None:
        while self._left and not self._stopped:
            if not self._ready:
                self._idle += 1
                await self._wake.wait()
                continue
            if time.monotonic() - self._turn > _SLICE:
                await anyio.lowlevel.checkpoint()
                self._turn = time.monotonic()
                continue
            _, position = heapq.heappop(self._ready)
            together = self._together(position)
            await self._visit(together)
            self._finish_all(together)

    def _offer(self, position: int) -> None:
        if self._members is None or position in self._members:
            heapq.heappush(self._ready, (self._graph.rank[position], position))
        else:
            self._finish(position)

    def _together(self, position: int) -> tuple[int, ...]:
        """Return a position and those after it that wait for nothing but each other."""
        folding = self._folding
        if folding is None or not folding.offers(position):
            return (position,)
        group, walked, missing = [position], [position], dict[int, int]()
        for here in walked:
            for follower in self._graph.feeds[here]:
                visited = self._members is None or follower in self._members
                if visited and not folding.takes(group, follower):
                    continue
                missing[follower] = missing.get(follower, self._missing[follower]) - 1
                if not missing[follower]:
                    walked.append(follower)
                    if visited:
                        group.append(follower)
        return tuple(group)

    def _finish_all(self, together: tuple[int, ...]) -> None:
        self._taken = frozenset(together)
        for position in together:
            self._finish(position)
        self._taken = frozenset()

    def _finish(self, position: int) -> None:
        """Tell those who waited; walks on through positions that nobody visits."""
        done = [position]
        while done:
            self._left -= 1
            for follower in self._graph.feeds[done.pop()]:
                self._missing[follower] -= 1
                if self._missing[follower] or follower in self._taken:
                    continue
                if self._members is None or follower in self._members:
                    heapq.heappush(self._ready, (self._graph.rank[follower], follower))
                else:
                    done.append(follower)
        if self._idle and (self._ready or not self._left):
            self._idle = 0
            self._wake.set()
            self._wake = anyio.Event()


def _reached(graph: Graph, members: Collection[int]) -> set[int]:
    reached: set[int] = set()
    pending = list(members)
    while pending:
        position = pending.pop()
        if position not in reached:
            reached.add(position)
            pending.extend(graph.feeds[position])
    return reached
