"""Publish a tree: blobs first, the manifest, and last the head, by compare-and-set.

Nothing that a peel can see changes before the head moves, so a publisher that dies anywhere leaves
at most blobs that nobody refers to.
"""

from __future__ import annotations

import time

from zester.bus.buckets import HEADS
from zester.bus.hints import send_hint
from zester.bus.keys import make_key
from zester.bus.link.connection import Bus
from zester.dataclass import dataclass
from zester.errors import InvalidHead, TreeRejected
from zester.resources.head import CHANGED_LIMIT, DEFAULT_PRIORITY, Head
from zester.resources.manifest import FileEntry, Manifest
from zester.trees.diff import TreeDiff, diff_trees
from zester.trees.fetch import manifest_from_bus
from zester.trees.heads import Heads, Stored
from zester.trees.tree import LocalTree
from zester.trees.upload import Progress, upload_tree
from zester.trust.envelope import Signer
from zester.trust.verifier import Verifier


@dataclass(frozen=True, slots=True)
class Published:
    """What a publish did. ``moved`` is False when the head already was this tree.

    ``replaced_blobs`` were on the server with other content than their name says.
    """

    head: Head
    diff: TreeDiff
    uploaded_blobs: int
    uploaded_bytes: int
    moved: bool
    replaced_blobs: int = 0


@dataclass(frozen=True, slots=True)
class Authority:
    """In whose name heads are moved: ``signer`` signs new ones, ``verifier`` judges old ones."""

    signer: Signer
    verifier: Verifier


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a tree goes and who says so."""

    env: str
    source: str
    author: str = ""
    message: str = ""
    priority: int | None = None


async def publish_tree(
    bus: Bus,
    tree: LocalTree,
    to: Destination,
    by: Authority,
    *,
    progress: Progress | None = None,
    floor: int = 0,
    verify: bool = False,
) -> Published:
    """Upload what is missing and move the head, to a revision above ``floor``.

    ``verify`` reads what is there as well, and replaces what is damaged. A head that must not be
    used is replaced, never followed. Raises TreeRejected (the tree has problems), RevisionConflict
    (somebody else moved the head), CorruptBlob (a file changed meanwhile), BusUnavailable.
    """
    if tree.problems:
        raise TreeRejected(tree.problems)
    heads = Heads(bus, by.verifier)
    stored = await heads.look(to.env, to.source)
    current = stored.head
    previous = await _previous_files(bus, current)
    diff = diff_trees(previous or {}, tree.manifest.files)
    # Also for an unchanged tree: pushing again is how blobs that were lost come back.
    done = await upload_tree(bus, tree, progress, verify=verify, manifest=previous is None)
    newest = current is not None and current.revision == stored.revision
    if current is not None and newest and current.manifest == tree.id and _same_place(current, to):
        if done.blobs or done.replaced:
            await send_hint(bus, HEADS, make_key(to.env, to.source))  # peels may wait for them
        return Published(current, diff, done.blobs, done.size, False, done.replaced)
    head = Head(
        revision=max(stored.revision, floor) + 1,
        manifest=tree.id,
        manifest_chunks=done.chunks,
        parent=current.manifest if current else None,
        changed=diff.paths if len(diff.paths) <= CHANGED_LIMIT else None,
        priority=_priority(current, to),
        author=to.author,
        message=to.message,
        created=time.time(),
    )
    await _move(heads, to.env, to.source, head, by, stored)
    return Published(head, diff, done.blobs, done.size, True, done.replaced)


async def rollback(
    bus: Bus,
    *,
    env: str,
    source: str,
    revision: int,
    author: str,
    message: str,
    by: Authority,
) -> Head:
    """Make an old revision's tree current again, as a new revision.

    Raises InvalidHead when the revision is not kept or has no tree, RevisionConflict.
    """
    heads = Heads(bus, by.verifier)
    stored = await heads.look(env, source)
    history = await heads.history(env, source)
    if not history:
        raise InvalidHead(f"{env}/{source} was never pushed", hint="`zester ls` shows what was")
    old = next((entry.value for entry in history if entry.value.revision == revision), None)
    if old is None:
        first, last = history[0].value.revision, history[-1].value.revision
        raise InvalidHead(
            f"{env}/{source} has no revision {revision}",
            hint=f"revisions {first} to {last} are kept; `zester history` lists them",
        )
    current = stored.head or history[-1].value
    diff = diff_trees(
        await _previous_files(bus, stored.head) or {}, (await manifest_from_bus(bus, old)).files
    )
    head = Head(
        revision=stored.revision + 1,
        manifest=old.manifest,
        manifest_chunks=old.manifest_chunks,
        parent=stored.head.manifest if stored.head else None,
        changed=diff.paths if len(diff.paths) <= CHANGED_LIMIT else None,
        priority=current.priority,
        author=author,
        message=message or f"roll back to revision {revision}",
        created=time.time(),
        rollback_to=revision,
    )
    await _move(heads, env, source, head, by, stored)
    return head


async def _move(
    heads: Heads, env: str, source: str, head: Head, by: Authority, stored: Stored
) -> None:
    await heads.move(env, source, head, by.signer, over=stored.sequence)


def _same_place(current: Head, to: Destination) -> bool:
    return to.priority is None or to.priority == current.priority


def _priority(current: Head | None, to: Destination) -> int:
    if to.priority is not None:
        return to.priority
    return current.priority if current else DEFAULT_PRIORITY


async def _previous_files(bus: Bus, current: Head | None) -> dict[str, FileEntry] | None:
    """The last tree's files; None of an unreadable one, so that a push can mend it."""
    if current is None:
        return {}
    try:
        manifest: Manifest = await manifest_from_bus(bus, current)
    except InvalidHead:
        return None
    return manifest.files
