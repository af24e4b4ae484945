"""What the environment wants: heads from the bus, verified, with every file on disk.

``sync`` never replaces a good desired state by a worse one: a head that is malformed, goes
backwards, or whose tree cannot be had whole leaves that source where it was, and says so.

A new revision that touches nothing this peel has read costs no fetch: its head is *noted*, the tree
that is *held* stays the older one until something has to be rendered again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from zester.bus.buckets import HEADS
from zester.bus.link.connection import Bus
from zester.dataclass import dataclass
from zester.errors import (
    BlobUnavailable,
    CorruptBlob,
    HostError,
    InvalidHead,
    StaleRevision,
    ZesterError,
)
from zester.resources.head import Head
from zester.resources.manifest import CHUNK_SIZE, FileEntry, Manifest, SealedEntry
from zester.trees.cache import BlobCache
from zester.trees.fetch import fetch_blobs, fetch_manifest, read_manifest
from zester.trees.overlay import Conflict, Layer, overlay
from zester_peel.agent.belief.belief import Belief
from zester_peel.agent.belief.judged_heads import JudgedHeads
from zester_peel.agent.belief.kept import Kept, KeptEnvelopes

log = logging.getLogger(__name__)


Touches = Callable[[Sequence[str]], bool]
"""Tells whether a change of these paths could change what this peel has to be."""


@dataclass(frozen=True, slots=True)
class Desired:
    """One consistent desired state; every small file of it is in the cache.

    ``heads`` are the revisions it stands for, ``files`` what they come to.
    """

    heads: Mapping[str, Head] = field(default_factory=dict)
    files: Mapping[str, FileEntry] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()

    @property
    def revisions(self) -> dict[str, int]:
        return {source: head.revision for source, head in sorted(self.heads.items())}

    @property
    def blobs(self) -> dict[str, tuple[str, ...]]:
        """The digests of each file's blobs."""
        return {path: tuple(entry.blobs) for path, entry in self.files.items()}

    @property
    def sealed(self) -> dict[str, SealedEntry]:
        """What opens the files that are not for every node."""
        return {
            path: entry.sealed for path, entry in self.files.items() if entry.sealed is not None
        }

    @property
    def wishes(self) -> dict[str, tuple[str, ...]]:
        """What files ask for that ask for something."""
        return {path: tuple(entry.wishes) for path, entry in self.files.items() if entry.wishes}


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync found. ``problems`` maps a source to why its newest head is not followed.

    ``seen`` maps each source to the newest revision on the bus, followed or not.
    """

    desired: Desired
    problems: Mapping[str, ZesterError] = field(default_factory=dict)
    seen: Mapping[str, int] = field(default_factory=dict)
    fetched_bytes: int = 0


@dataclass(frozen=True, slots=True)
class _Held:
    """A head whose whole tree is in the cache, and its envelope as it is kept on disk."""

    head: Head
    kept: Kept


class DesiredState:
    """Follows the heads of one environment.

    ``current`` is the newest desired state that could be had whole; ``confirm`` makes it the one
    that a restart begins with.
    """

    def __init__(self, env: str, folder: Path, cache: BlobCache, belief: Belief) -> None:
        self.env = env
        self.cache = cache
        self.current = Desired()
        self._belief = belief
        self._heads = JudgedHeads(env, belief)
        self._kept = KeptEnvelopes(folder / "followed.json", env)
        self._manifests: dict[str, Manifest] = {}
        self._held: dict[str, _Held] = {}
        self._confirmed: dict[str, _Held] = {}
        self._damaged = False

    def load(self, floor: Mapping[str, int] | None = None) -> Desired:
        """Take up the last good desired state from disk; empty when there is none.

        ``floor`` tells the revisions that were applied. Raises what is wrong with what is there:
        Untrusted, InvalidDocument, HostError.
        """
        held: dict[str, _Held] = {}
        manifests: dict[str, Manifest] = {}
        for place, kept in self._kept.load(self._belief.operator).items():
            key = place.removeprefix(f"{HEADS.name}.")
            source = key.partition(".")[2]
            if place != self._heads.place(source):
                raise InvalidHead(f"{place} is kept among the heads of {self.env}")
            head = Head.decode(kept.payload)
            if head.revision < (floor or {}).get(source, 0):
                raise StaleRevision(
                    f"the head on disk is revision {head.revision} of {source}, but "
                    f"{(floor or {})[source]} was applied already",
                    hint="somebody put an old file back; the next look at the bus mends it",
                )
            manifest = read_manifest(self.cache, head)
            if manifest is None:
                raise BlobUnavailable(f"the manifest of {source} is missing from the cache")
            held[source] = _Held(head, kept)
            manifests[source] = manifest
        self._manifests = manifests
        self._held, self._confirmed = held, dict(held)
        for source, found in held.items():
            self._heads.recall(source, found.head, found.kept.data)
        # A blob that is gone or damaged is found out when it is read.
        self._damaged = not all(self._complete(manifest) for manifest in manifests.values())
        self.current = self._lay({source: found.head for source, found in held.items()})
        return self.current

    @property
    def behind(self) -> bool:
        """Whether a noted revision's tree is not held yet; ``sync`` without ``touches`` gets it."""
        return dict(self.current.heads) != self._held_heads()

    def fall_back(self) -> None:
        """Stand for the held trees alone: what was noted has to be judged anew."""
        self.current = self._lay(self._held_heads())

    def damaged(self) -> None:
        """Fetch what the cache has lost with the next ``sync``."""
        self._damaged = True

    def lost(self) -> bool:
        """Whether a file of the held trees is gone from the cache; the next ``sync`` fetches it."""
        self._damaged = not all(self._complete(manifest) for manifest in self._manifests.values())
        return self._damaged

    async def sync(self, bus: Bus, touches: Touches | None = None) -> Synced:
        """Read the heads, fetch what is new, and return the newest desired state we can trust.

        Raises BusUnavailable; what is wrong with one source is in ``problems``.
        """
        good, problems = await self._heads.read(bus, self.current.heads)
        fetched = await self._mend(bus, problems) if self._damaged else 0
        noted = dict(self.current.heads)
        held = dict(self._held)
        manifests = dict(self._manifests)
        for source, entry in good.items():
            head, known = entry.value, noted.get(source)
            try:
                if head == known:
                    self._heads.known[source] = entry  # it may have been signed again
                    if touches is not None or (source in held and held[source].head == head):
                        continue
                elif known is not None and _passes_by(known, head, touches):
                    noted[source] = head
                    self._heads.known[source] = entry
                    continue
                manifest = await fetch_manifest(bus, self.cache, head)
                fetched += await self._fetch(bus, manifest)
            except (InvalidHead, BlobUnavailable, CorruptBlob, HostError) as error:
                problems[source] = error
                continue
            noted[source] = head
            self._heads.known[source] = entry
            held[source] = _Held(head, Kept(entry.data, self._belief.bundle, b""))
            manifests[source] = manifest
        if held != self._held or noted != dict(self.current.heads):
            self._manifests, self._held = manifests, held
            self.current = self._lay(noted)
        return Synced(self.current, problems, self._heads.seen(good, self.current.heads), fetched)

    def _held_heads(self) -> dict[str, Head]:
        return {source: found.head for source, found in self._held.items()}

    async def _mend(self, bus: Bus, problems: dict[str, ZesterError]) -> int:
        """Fetch anew what the cache has lost of the held trees."""
        fetched = 0
        self._damaged = False
        for source, manifest in self._manifests.items():
            try:
                wanted = self._wanted(manifest)
                for digest in wanted:
                    self.cache.read(digest)  # a damaged one is removed
                fetched += await fetch_blobs(bus, self.cache, wanted.items())
            except (BlobUnavailable, CorruptBlob, HostError) as error:
                problems.setdefault(source, error)
                self._damaged = True
        return fetched

    async def _fetch(self, bus: Bus, manifest: Manifest) -> int:
        """Fetch what rendering may need; other chunked files are fetched when a state asks."""
        return await fetch_blobs(bus, self.cache, _rendered(manifest).items())

    def _complete(self, manifest: Manifest) -> bool:
        return all(map(self.cache.has, self._wanted(manifest)))

    def _wanted(self, manifest: Manifest) -> dict[str, int]:
        """The blobs that rendering may need, and those of large files that a state asked for."""
        wanted = _rendered(manifest)
        for entry in manifest.files.values():
            if entry.chunks and any(map(self.cache.has, entry.chunks)):
                wanted.update(dict.fromkeys(entry.blobs, entry.size))
        return wanted

    def _lay(self, heads: Mapping[str, Head]) -> Desired:
        tree = overlay(
            Layer(source, head.priority, self._manifests[source].files)
            for source, head in heads.items()
        )
        return Desired(dict(heads), tree.files, tree.conflicts)

    def confirm(self) -> None:
        """Remember the held trees on disk: they compile, so a restart without the bus takes them.

        Raises HostError.
        """
        if self._held == self._confirmed:
            return
        self._kept.save(
            {self._heads.place(source): found.kept for source, found in self._held.items()}
        )
        self._confirmed = dict(self._held)

    def referenced(self) -> frozenset[str]:
        """Return every blob the current desired state needs, manifests included."""
        blobs = {
            digest
            for head in self._held_heads().values()
            for digest in (head.manifest, *head.manifest_chunks)
        }
        for entry in self.current.files.values():
            blobs.update(entry.blobs)
        return frozenset(blobs)


def _rendered(manifest: Manifest) -> dict[str, int]:
    """The blobs of files of one blob and of sealed files, with the size of each at most."""
    return {
        digest: min(entry.size, CHUNK_SIZE)
        for entry in manifest.files.values()
        if entry.sealed is not None or not entry.chunks
        for digest in entry.blobs
    }


def _passes_by(known: Head, head: Head, touches: Touches | None) -> bool:
    """Whether a head follows directly on the known one and touches nothing that was read."""
    return (
        touches is not None
        and head.parent == known.manifest
        and head.priority == known.priority
        and head.changed is not None
        and not touches(head.changed)
    )
