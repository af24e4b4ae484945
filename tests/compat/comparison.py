"""When two low states are the same.

Chunks are compared in order, every argument by its JSON text, so the order of keys inside an
argument counts. One difference is wanted, ``docs/salt-differences.md`` says why: Salt 3008 lists a
state that others ask about with ``prereq`` a second time, before them, and marks both sides.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

SALT_ONLY = ("__prereq__", "__prerequiring__")

Chunk = dict[str, Any]


def differences(ours: list[Chunk], salts: list[Chunk]) -> list[str]:
    """Return one line for each difference, empty when the low states are equal."""
    return list(_differences(ours, salts))


def _differences(ours: list[Chunk], salts: list[Chunk]) -> Iterator[str]:
    salts = _without_twins(salts)
    for index, (our, salt) in enumerate(zip_longest(ours, salts)):
        if our is None or salt is None or _title(our) != _title(salt):
            yield f"chunk {index}: ours {_title(our)}, Salt's {_title(salt)}"
            continue
        for key in sorted(_keys(our) | _keys(salt)):
            left, right = _text(our, key), _text(salt, key)
            if left != right:
                yield f"{_title(salt)} {key}: ours {left}, Salt's {right}"


def _without_twins(chunks: list[Chunk]) -> list[Chunk]:
    """Drop all but the last mention of a chunk that is marked as asked about."""
    titles = [_title(chunk) for chunk in chunks]
    return [
        chunk
        for place, chunk in enumerate(chunks)
        if not (chunk.get("__prereq__") and _title(chunk) in titles[place + 1 :])
    ]


def _keys(chunk: Chunk) -> set[str]:
    return {key for key in chunk if key not in SALT_ONLY}


def _title(chunk: Chunk | None) -> str:
    if chunk is None:
        return "nothing"
    return f"{chunk['__id__']}: {chunk['state']}.{chunk['fun']} {chunk['name']}"


def _text(chunk: Chunk, key: str) -> str:
    return json.dumps(chunk[key], ensure_ascii=False) if key in chunk else "nothing"
