"""The node groups that a command's target names, from the tree that was pushed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches

from zester.bus.link.connection import Bus
from zester.cli.fleet.operator import Operator
from zester.cli.fleet.request import Request
from zester.cli.selection import select_files
from zester.errors import KeyNotFound, TargetError
from zester.targeting.expression import And, Expression, GroupMatch, Not, Or
from zester.targeting.tokens import TargetText
from zester.trees.fetch import read_file
from zester.trust.verifier import Verifier


async def with_groups(operator: Operator, request: Request) -> Request:
    """Return the request with the fleet's node groups; raises as ``fleet_groups``."""
    groups = await fleet_groups(
        operator.bus,
        operator.verifier,
        operator.signer.env,
        request.job.target,
        request.target,
    )
    return replace(request, groups=groups)


async def fleet_groups(
    bus: Bus, verifier: Verifier, env: str, text: str, target: Expression
) -> Mapping[str, str]:
    """Return the node groups of an environment's tree, when a target names any.

    ``text`` is the target as it was typed. Raises TargetError for a group that the tree does not
    have, and what is wrong with the tree.
    """
    named = list(groups_of(target))
    if not named:
        return {}
    groups = await _groups(bus, verifier, env)
    for name in named:
        if name not in groups:
            raise _unknown(text, name, groups)
    return groups


def groups_of(expression: Expression) -> Iterator[str]:
    """Yield the names of the node groups in an expression."""
    if isinstance(expression, And | Or):
        for operand in expression.operands:
            yield from groups_of(operand)
    elif isinstance(expression, Not):
        yield from groups_of(expression.operand)
    elif isinstance(expression, GroupMatch):
        yield expression.name


async def _groups(bus: Bus, verifier: Verifier, env: str) -> Mapping[str, str]:
    from zester.compiler.assigned.nodegroups import FILE, read_groups  # late: brings the compiler

    try:
        files = await select_files(bus, verifier, env, source=None, revision=None)
    except KeyNotFound:
        return {}  # nothing was pushed
    if FILE not in files:
        return {}
    data = b"".join([part async for part in read_file(bus, files[FILE][1])])
    return read_groups(data.decode(), FILE)


def _unknown(text: str, name: str, groups: Mapping[str, str]) -> TargetError:
    near = get_close_matches(name, groups, n=1)
    column = text.find(name) + 1
    return TargetText(text).error(
        f"there is no node group {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""),
        column or 1,
        f"known: {', '.join(sorted(groups))}" if groups else "nodegroups.yaml of the tree has them",
    )
