"""Low chunks put together again by id, as Salt shows a high state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zester.compiler.lowstate import LowChunk


def high_data(chunks: Iterable[LowChunk]) -> dict[str, dict[str, Any]]:
    """Return id → state → arguments and function; what ``extend`` and ``_in`` forms say is in.

    A state of several names has them under ``names``, each with all of its arguments.
    """
    high: dict[str, dict[str, Any]] = {}
    named: dict[tuple[str, str], list[LowChunk]] = {}
    for chunk in chunks:
        named.setdefault((chunk.id, chunk.state), []).append(chunk)
    for (id_, state), same in named.items():
        first = same[0]
        body = high.setdefault(id_, {"__sls__": first.sls, "__env__": first.env})
        if first.included_from:
            body["__sls_included_from__"] = list(first.included_from)
        order = {"order": first.order if len(same) == 1 else int(first.order)}
        if len(same) > 1:
            names = [{chunk.name: _arguments(chunk.written)} for chunk in same]
            body[state] = [{"names": names}, first.fun, order]
            continue
        name = [] if first.name == id_ else [{"name": first.name}]
        body[state] = [*name, *_arguments(first.written), first.fun, order]
    return high


def _arguments(written: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{key: value} for key, value in written.items() if key != "order"]
