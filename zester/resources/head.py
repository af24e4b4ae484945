"""The head: which tree an environment follows for one source, moved only by compare-and-set."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zester.resources.document import Document
from zester.resources.ids import Digest, Revision

CHANGED_LIMIT = 200
"""A head lists the touched paths when there are at most this many."""

MANIFEST_CHUNKS = 400
"""A manifest is at most 200 MiB: 100,000 files, each with a path as long as it may be."""

DEFAULT_PRIORITY = 50


class Head(Document):
    """Key ``<env>.<source>`` in bucket ``heads``.

    ``revision`` counts up by one, also on rollback, so that a replayed old head is recognisable.
    ``manifest`` is the tree's id; a manifest too large for one blob is stored as
    ``manifest_chunks``. ``parent`` is the previous manifest; ``changed`` the paths that differ from
    it, None when there are too many to list. ``created`` in Unix seconds. Of two sources that have
    the same path the higher ``priority`` wins, then the later name.
    """

    version: Literal[1] = 1
    revision: Revision
    manifest: Digest
    manifest_chunks: Annotated[tuple[Digest, ...], Field(max_length=MANIFEST_CHUNKS)] = ()
    parent: Digest | None = None
    changed: tuple[str, ...] | None = None
    priority: Annotated[int, Field(ge=0, le=1000)] = DEFAULT_PRIORITY
    author: Annotated[str, Field(max_length=256)] = ""
    message: Annotated[str, Field(max_length=4096)] = ""
    created: float
    rollback_to: Revision | None = None
