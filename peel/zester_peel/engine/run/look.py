"""A look at what one state is about: what is there, and how to tell later that it has changed."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from stat import S_ISLNK
from typing import Any

from pydantic import BaseModel

from zester.errors import HostError
from zester_peel.engine.node import Node
from zester_peel.engine.state import State
from zester_peel.host.protocol import HostReader, Signature

_MAX_LINKS = 40
_MAX_LOOKS = 3  # at a folder that fills while it is looked at

Signatures = Mapping[str, Signature | None]


async def look(
    host: HostReader, node: Node, state: State[Any, Any], spec: BaseModel
) -> tuple[Signatures, Any]:
    """Return what is there, and signatures from before: of all that was then found, too."""
    signatures = await _signatures(host, node)
    observed = await state.observe(host, spec)
    for _ in range(_MAX_LOOKS if node.roaming else 0):
        if all(each.target in signatures for each in node.watches() if each.kind == "path"):
            break
        signatures = await _signatures(host, node)
        observed = await state.observe(host, spec)
    return signatures, observed


async def _signatures(host: HostReader, node: Node) -> Signatures:
    found: dict[str, Signature | None] = {}
    for watch in node.watches():
        if watch.kind != "path":
            continue
        path = watch.target
        for _ in range(_MAX_LINKS):
            if path in found:
                break
            try:
                signature = found[path] = host.signature(path)
                if not watch.follow or signature is None or not S_ISLNK(signature.mode):
                    break
                there = await host.stat(path)
            except HostError:
                break  # observing will say why
            if there is None or there.target is None:
                break  # replaced since: the next look sees it
            path = posixpath.join(posixpath.dirname(path), there.target)
    return found
