"""Move one source's head to a draft."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path

from zester.bus.link.connection import Bus
from zester.dataclass import dataclass
from zester.errors import InvalidDocument, InvalidHead, Untrusted
from zester.resources.head import Head
from zester.resources.manifest import FileEntry, Manifest
from zester.trees.digest import digest_of
from zester.trees.fetch import manifest_from_bus
from zester.trees.heads import Heads
from zester.trees.publish import Authority, Destination, publish_tree
from zester.trees.sealed.pushing import seal_tree
from zester.trees.tree import BlobSource, LocalTree, entry_for, split_chunks
from zester_controller.mirror.plan.checked import Checked
from zester_controller.mirror.plan.draft import Fresh

PRIORITY = 100
"""Of the heads of all our sources; objects have priorities among themselves."""

_FOLDER = Path("kubernetes")
"""What stands in messages for the folder there is none of."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The source as it is published; ``signer`` moved its head last ('' = nobody yet)."""

    head: Head | None = None
    files: Mapping[str, FileEntry] = field(default_factory=dict)
    signer: str = ""


async def read_standing(bus: Bus, authority: Authority, env: str, source: str) -> Standing:
    """Return what is published; a head that must not be used counts as none.

    Raises BusUnavailable, BlobUnavailable.
    """
    try:
        found = await Heads(bus, authority.verifier).get(env, source)
        if found is None:
            return Standing()
        files = (await manifest_from_bus(bus, found.value)).files
    except (Untrusted, InvalidHead, InvalidDocument):
        return Standing()
    return Standing(found.value, files, found.signer)


async def publish(
    bus: Bus, checked: Checked, to: Destination, by: Authority, *, floor: int
) -> Standing:
    """Make the draft what peels follow, in one step; what is so already is not written.

    Raises RevisionConflict (somebody else moved the head), BusUnavailable, BusRefused.
    """
    draft = checked.draft
    tree = _tree(draft.fresh)
    sealed = await seal_tree(bus, tree, to, by, checked.sealing.refs)
    files = {
        path: replace(entry, origin=file.origin, wishes=file.wishes)
        for path, entry in sealed.manifest.files.items()
        for file in (draft.fresh[path],)
    }
    manifest = Manifest(files={**files, **draft.carried})
    whole = replace(sealed, manifest=manifest, encoded=manifest.encode(), problems=tree.problems)
    done = await publish_tree(bus, whole, to, by, floor=floor)
    return Standing(done.head, manifest.files)


def _tree(fresh: Mapping[str, Fresh]) -> LocalTree:
    """Make a tree of what is in memory."""
    files: dict[str, FileEntry] = {}
    blobs: dict[str, BlobSource] = {}
    for path, file in fresh.items():
        parts = {digest_of(part): part for part in split_chunks(file.data)}
        chunks = tuple(digest_of(part) for part in split_chunks(file.data))
        for digest, part in parts.items():
            blobs[digest] = BlobSource(_FOLDER / path, 0, len(part), part)
        whole = hashlib.sha256(file.data).hexdigest()
        files[path] = entry_for(whole, len(file.data), 0o644, chunks)
    manifest = Manifest(files=files)
    return LocalTree(_FOLDER, manifest, manifest.encode(), blobs)
