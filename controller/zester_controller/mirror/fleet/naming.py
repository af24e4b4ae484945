"""How the objects of machines are called in the cluster."""

from __future__ import annotations

import hashlib
import re

from zester_controller.mirror.cluster.watch import Body

MANAGED_BY = "app.kubernetes.io/managed-by"
MANAGER = "zester-mirror"

_LONGEST = 200
_STRANGE = re.compile(r"[^a-z0-9.-]+")
_EDGES = re.compile(r"[.-]*\.[.-]*")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")


def peel_name(node: str) -> str:
    """Return the name of a peel's object: its id, or what is left of it and a digest."""
    if len(node) <= _LONGEST and _NAME.fullmatch(node):
        return node
    return f"{_slug(node)}-{_mark(node)}"


def enrollment_name(node: str, key: str) -> str:
    """Return the name of a request's object; another key asks with another request."""
    return f"{_slug(node)}-{_mark(f'{node} {key}')}"


def is_ours(body: Body) -> bool:
    """Return whether the mirror made an object."""
    return bool((body["metadata"].get("labels") or {}).get(MANAGED_BY) == MANAGER)


def _slug(node: str) -> str:
    text = _EDGES.sub(".", _STRANGE.sub("-", node.lower()[:_LONGEST]))
    return text.strip(".-") or "node"


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
