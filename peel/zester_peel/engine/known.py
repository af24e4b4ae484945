"""States of the program before that are the same in the next one."""

from __future__ import annotations

import marshal
from collections.abc import Iterable
from hashlib import blake2b

from zester.compiler.lowstate import LowChunk
from zester_peel.engine.content import Versions
from zester_peel.engine.node import Node
from zester_peel.engine.state import State

_DIGITS = 16


class Known:
    """Nodes by what they were made from; ``tree`` is what the next program takes content from."""

    def __init__(self, nodes: Iterable[Node], tree: Versions) -> None:
        self._nodes = {node.key: node for node in nodes if node.key}
        self._tree = tree

    def node(self, chunk: LowChunk, ref: str) -> Node | None:
        """Return a node for a call that was known, at its new place; None for another call."""
        key = key_of(chunk)
        known = self._nodes.pop(key, None) if key else None
        if known is None or not known.holds(self._tree) or _neighbourly(known):
            return None
        return Node(
            ref,
            known.function,
            chunk.name,
            chunk.id,
            chunk.sls,
            chunk.at,
            known.state,
            known.spec,
            guards=known.guards,
            conduct=known.conduct,
            shell=known.shell,
            resolved=known.resolved,
            taken=known.taken,
            seen=known.seen,
            key=key,
            prunes=chunk.prunes,
        )


def _neighbourly(node: Node) -> bool:
    """Whether the spec holds something of the states beside it, or of what the last run found."""
    own = None if node.state is None else type(node.state).beside
    return node.roaming or own is not State.beside


def key_of(chunk: LowChunk) -> bytes:
    """Return a digest of a call but for its place and requisites, empty where it has none."""
    written = (
        *(chunk.state, chunk.fun, chunk.name, chunk.id, chunk.sls, chunk.env),
        *(dict(chunk.args), dict(chunk.guards), dict(chunk.options)),
    )
    try:
        return blake2b(marshal.dumps(written, 2), digest_size=_DIGITS).digest()
    except ValueError:  # a Python file of a tree may give anything
        return b""
