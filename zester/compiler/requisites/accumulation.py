"""Texts that ``file.accumulated`` collects for the files other states write.

They are handed over when a program is made, not while it runs: a file that drifts alone is put
right with all of them, whatever ran before in that run.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from zester.compiler.lowstate import LowChunk
from zester.dataclass import dataclass

COLLECTS = "file.accumulated"
_TEMPLATE, _BLOCK = "file.managed", "file.blockreplace"


@dataclass(slots=True)
class _Accumulator:
    """One accumulator for one file; ``askers`` are the ids that its states are required in."""

    texts: list[Any] = field(default_factory=list)
    askers: set[str] = field(default_factory=set)


def hand_over(chunks: Sequence[LowChunk]) -> Sequence[LowChunk]:
    """Return the chunks, those that take accumulated texts with them among their arguments."""
    files = _collect(chunk for chunk in chunks if chunk.function == COLLECTS)
    return [_charged(chunk, files) for chunk in chunks] if files else chunks


def _collect(chunks: Iterable[LowChunk]) -> dict[str, dict[str, _Accumulator]]:
    files: dict[str, dict[str, _Accumulator]] = {}
    for chunk in chunks:
        filename, text = chunk.args.get("filename"), chunk.args.get("text")
        if not isinstance(filename, str) or text is None:
            continue  # the state itself says what is wrong
        accumulators = files.setdefault(posixpath.normpath(filename), {})
        accumulator = accumulators.setdefault(chunk.name, _Accumulator())
        for each in text if isinstance(text, list | tuple) else [text]:
            if each not in accumulator.texts:
                accumulator.texts.append(each)
        accumulator.askers |= _askers(chunk.written)
    return files


def _askers(written: Mapping[str, Any]) -> set[str]:
    found = set()
    for kind in ("require_in", "watch_in"):
        for target in written.get(kind) or ():
            found |= {str(each) for each in target.values()} if isinstance(target, dict) else set()
    return found


def _charged(chunk: LowChunk, files: Mapping[str, Mapping[str, _Accumulator]]) -> LowChunk:
    if chunk.function not in (_TEMPLATE, _BLOCK):
        return chunk
    path = chunk.args.get("path", chunk.name)
    accumulators = files.get(posixpath.normpath(path)) if isinstance(path, str) else None
    if not accumulators:
        return chunk
    if chunk.function == _BLOCK:
        return replace(chunk, args={**chunk.args, "content": _content(chunk, accumulators)})
    context = chunk.args.get("context") or {}
    if not isinstance(context, Mapping):
        return chunk
    texts = {name: list(each.texts) for name, each in accumulators.items()}
    return replace(chunk, args={**chunk.args, "context": {**context, "accumulator": texts}})


def _content(chunk: LowChunk, accumulators: Mapping[str, _Accumulator]) -> str:
    """Return the block's lines: of several accumulators those that name this state, else all."""
    mine = [each for each in accumulators.values() if chunk.id in each.askers]
    content = chunk.args.get("content")
    lines = [] if content in (None, "") else [str(content)]
    for accumulator in mine or accumulators.values():
        lines += [str(text) for text in accumulator.texts]
    return "\n".join(lines)
