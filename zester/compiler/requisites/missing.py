"""Requisites that point at nothing."""

from __future__ import annotations

from collections.abc import Sequence

from zester.compiler.lowstate import LowChunk
from zester.compiler.requisites.index import RequisiteIndex
from zester.errors import CompileError


def missing_requisites(chunks: Sequence[LowChunk]) -> list[CompileError]:
    """Return one error for each requisite whose target is not in the low state.

    The low state compiles without them, as in Salt; a state that has one fails when it runs.
    """
    index = RequisiteIndex(chunks)
    errors = []
    for position, chunk in enumerate(chunks):
        for kind, targets in chunk.requisites.items():
            for module, target in targets:
                if index.find(module, target, asker=position) is not None:
                    continue
                written = f"{module}: {target}" if module else target
                near = index.nearest(module, target)
                errors.append(
                    CompileError(
                        f"{kind!r} of {chunk.function} {chunk.id!r} names {written!r},"
                        " which nothing declares",
                        at=chunk.at,
                        hint=f"did you mean {near!r}?"
                        if near
                        else "is an include missing, or a name mistyped?",
                    )
                )
    return errors
