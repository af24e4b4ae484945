"""States of one kind that act with one call, such as packages of one transaction."""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import field
from typing import Any

import anyio
from pydantic import BaseModel

from zester.dataclass import dataclass
from zester.errors import TransientError, ZesterError
from zester_peel.engine.node import Node
from zester_peel.engine.program import Program
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.host.protocol import Host

_log = logging.getLogger(__name__)

Act = Callable[[State[Any, Any], Host, BaseModel, Plan], Awaitable[Applied | None]]
"""How a visit has a state act."""


async def act_alone(
    state: State[Any, Any], host: Host, spec: BaseModel, plan: Plan
) -> Applied | None:
    return await state.apply(host, spec, plan)


@dataclass(frozen=True, slots=True)
class Folding:
    """Tells which states of a program may act together."""

    program: Program

    def offers(self, position: int) -> bool:
        """Tell whether this state may act together with any other."""
        if position >= len(self.program.nodes):  # a look ahead for ``prereq``
            return False
        node = self.program.nodes[position]
        if node.state is None or node.spec is None or node.problem or node.conduct.failhard:
            return False
        if node.conduct.share is not None:  # it may wait long for its own place
            return False
        return node.state.bundle(node.spec) is not None

    def takes(self, group: Sequence[int], position: int) -> bool:
        """Tell whether this state may join these; one that needs another's result may not."""
        if not self.offers(position):
            return False
        first, node = self.program.nodes[group[0]], self.program.nodes[position]
        if node.state is not first.state:
            return False
        if node.state is None or node.state.bundle(node.spec) != node.state.bundle(first.spec):
            return False
        if not node.requisites:
            return True
        members = set(group)
        return not any(members.intersection(targets) for targets in node.requisites.values())


@dataclass(slots=True, eq=False)
class _Wish:
    """One state that has come as far as acting."""

    state: State[Any, Any]
    host: Host
    spec: BaseModel
    plan: Plan
    done: anyio.Event = field(default_factory=anyio.Event)
    applied: Applied | None = None
    error: Exception | None = None


class Bundle:
    """Has each member look in turn, acts once for all that want to, and lets each look again."""

    def __init__(self) -> None:
        self._wishes: list[_Wish] = []

    async def run(self, members: Sequence[Callable[[Act], Awaitable[None]]]) -> None:
        """Run the members' visits; each gets its way to act."""
        async with anyio.create_task_group() as tasks:
            for member in members:
                arrived = anyio.Event()
                tasks.start_soon(self._visit, member, arrived)
                await arrived.wait()
            if self._wishes:
                await _fulfil(self._wishes)

    async def _visit(self, member: Callable[[Act], Awaitable[None]], arrived: anyio.Event) -> None:
        try:
            await member(functools.partial(self._act, arrived))
        finally:
            arrived.set()

    async def _act(
        self, arrived: anyio.Event, state: State[Any, Any], host: Host, spec: BaseModel, plan: Plan
    ) -> Applied | None:
        if arrived.is_set():  # another try, after the others
            return await state.apply(host, spec, plan)
        wish = _Wish(state, host, spec, plan)
        self._wishes.append(wish)
        arrived.set()
        await wish.done.wait()
        if wish.error is not None:
            raise wish.error
        return wish.applied


async def survey(host: Host, nodes: Sequence[Node]) -> None:
    """Let states that act together look at once at what each would ask for."""
    state = nodes[0].state
    if state is None:
        return
    try:
        await state.survey(host, [node.spec for node in nodes])
    except ZesterError as error:  # each state asks again for itself, and fails for itself
        _log.debug("survey failed", extra={"ref": nodes[0].ref, "error": str(error)})


async def _fulfil(wishes: Sequence[_Wish]) -> None:
    """Act for all; where that fails for each half, so that one bad wish fails alone."""
    first = wishes[0]
    try:
        applied = await first.state.apply_together(
            first.host, [(wish.spec, wish.plan) for wish in wishes]
        )
    except Exception as error:  # also a bug: each state's visit tells of it
        if len(wishes) > 1 and not isinstance(error, TransientError):
            middle = len(wishes) // 2
            await _fulfil(wishes[:middle])
            await _fulfil(wishes[middle:])
            return
        for wish in wishes:
            wish.error = error
            wish.done.set()
        return
    for wish, each in zip(wishes, applied, strict=True):
        wish.applied = each
        wish.done.set()
