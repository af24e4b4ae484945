"""What the environment wants: heads from the bus, verified, with every file on disk.

``sync`` never replaces a good desired state by a worse one: a head that is malformed, goes
backwards, or whose tree cannot be had whole leaves that source where it was, and says so.

A new revision that touches nothing this peel has read costs no fetch: its head is *noted*, the tree
that is *held* stays the older one until something has to be rendered again.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from zester.bus.link.connection import Bus
from zester.errors import (
    BlobUnavailable,
    CorruptBlob,
    HostError,
    InvalidDocument,
    InvalidHead,
    ZesterError,
)
from zester.resources.document import Document
from zester.resources.head import Head
from zester.resources.manifest import FileEntry, Manifest
from zester.trees.cache import BlobCache
from zester.trees.fetch import fetch_blobs, fetch_manifest, read_manifest
from zester.trees.heads import Heads
from zester.trees.overlay import Conflict, Layer, overlay

log = logging.getLogger(__name__)


class Followed(Document):
    """The heads whose trees a peel holds, as it keeps them on disk."""

    env: str
    heads: dict[str, Head]


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


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync found. ``problems`` maps a source to why its newest head is not followed.

    ``seen`` maps each source to the newest revision on the bus, followed or not.
    """

    desired: Desired
    problems: Mapping[str, ZesterError] = field(default_factory=dict)
    seen: Mapping[str, int] = field(default_factory=dict)
    fetched_bytes: int = 0


class DesiredState:
    """Follows the heads of one environment.

    ``current`` is the newest desired state that could be had whole; ``confirm`` makes it the one
    that a restart begins with.
    """

    def __init__(self, env: str, folder: Path, cache: BlobCache) -> None:
        self.env = env
        self.cache = cache
        self.current = Desired()
        self._file = folder / "followed.json"
        self._manifests: dict[str, Manifest] = {}
        self._held: dict[str, Head] = {}
        self._confirmed: dict[str, Head] = {}

    def load(self) -> Desired:
        """Take up the last good desired state from disk; empty when there is none or it is bad."""
        try:
            followed = Followed.decode(self._file.read_bytes())
        except FileNotFoundError:
            return self.current
        except (OSError, InvalidDocument) as error:
            log.warning("remembered heads are unreadable", extra={"error": str(error)})
            return self.current
        if followed.env != self.env:
            return self.current
        manifests: dict[str, Manifest] = {}
        for source, head in followed.heads.items():
            try:
                manifest = read_manifest(self.cache, head)
            except InvalidHead as error:
                log.warning("cached tree is bad", extra={"source": source, "error": str(error)})
                return self.current
            if manifest is None or not self._complete(manifest):
                log.warning("cached tree is incomplete", extra={"source": source})
                return self.current
            manifests[source] = manifest
        self._manifests = manifests
        self._held = dict(followed.heads)
        self._confirmed = dict(followed.heads)
        self.current = self._lay(followed.heads)
        return self.current

    @property
    def behind(self) -> bool:
        """Whether a noted revision's tree is not held yet; ``sync`` without ``touches`` gets it."""
        return dict(self.current.heads) != self._held

    def fall_back(self) -> None:
        """Stand for the held trees alone: what was noted has to be judged anew."""
        self.current = self._lay(self._held)

    async def sync(self, bus: Bus, touches: Touches | None = None) -> Synced:
        """Read the heads, fetch what is new, and return the newest desired state we can trust.

        Raises BusUnavailable; what is wrong with one source is in ``problems``.
        """
        good, bad = await Heads(bus, None).of_env(self.env)
        problems: dict[str, ZesterError] = {**bad}
        noted = dict(self.current.heads)
        held = dict(self._held)
        manifests = dict(self._manifests)
        fetched = 0
        for source, entry in good.items():
            head, known = entry.value, noted.get(source)
            try:
                if head != known:
                    _check_successor(known, head)
                    if known is not None and _passes_by(known, head, touches):
                        noted[source] = head
                        continue
                elif held.get(source) == head or touches is not None:
                    continue
                manifest = await fetch_manifest(bus, self.cache, head)
                fetched += await self._fetch(bus, manifest)
            except (InvalidHead, BlobUnavailable, CorruptBlob, HostError) as error:
                problems[source] = error
                continue
            noted[source] = held[source] = head
            manifests[source] = manifest
        for source in noted.keys() - good.keys() - bad.keys():
            problems[source] = InvalidHead(
                f"head of revision {noted[source].revision} is gone from the bus",
                hint="push again; to give a source up, push an empty folder to it",
            )
        if held != self._held or noted != dict(self.current.heads):
            self._manifests, self._held = manifests, held
            self.current = self._lay(noted)
        seen = {source: entry.value.revision for source, entry in good.items()}
        return Synced(self.current, problems, seen, fetched)

    async def _fetch(self, bus: Bus, manifest: Manifest) -> int:
        """Fetch every file of one blob; chunked files are fetched when a state asks for them."""
        small = {entry.digest: entry.size for entry in manifest.files.values() if not entry.chunks}
        return await fetch_blobs(bus, self.cache, small.items())

    def _complete(self, manifest: Manifest) -> bool:
        return all(
            self.cache.has(entry.digest) for entry in manifest.files.values() if not entry.chunks
        )

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
        data = Followed(env=self.env, heads=self._held).encode()
        temporary = self._file.with_name(".followed.json")
        try:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.rename(self._file)
        except OSError as error:
            raise HostError(f"{self._file}: {error.strerror}") from error
        self._confirmed = dict(self._held)

    def referenced(self) -> frozenset[str]:
        """Return every blob the current desired state needs, manifests included."""
        blobs = {
            digest
            for head in self._held.values()
            for digest in (head.manifest, *head.manifest_chunks)
        }
        for entry in self.current.files.values():
            blobs.update(entry.blobs)
        return frozenset(blobs)


def _check_successor(known: Head | None, head: Head) -> None:
    if known is None:
        return
    if head.revision < known.revision:
        raise InvalidHead(
            f"head went back from revision {known.revision} to {head.revision}",
            hint="roll back with `zester rollback`, which makes a new revision",
        )
    if head.revision == known.revision:
        raise InvalidHead(
            f"revision {head.revision} was replaced by another tree without counting up",
            hint="push again: the next revision is followed",
        )


def _passes_by(known: Head, head: Head, touches: Touches | None) -> bool:
    """Whether a head follows directly on the known one and touches nothing that was read."""
    return (
        touches is not None
        and head.parent == known.manifest
        and head.priority == known.priority
        and head.changed is not None
        and not touches(head.changed)
    )


class CachedFiles:
    """The files of a desired state, read from the cache and verified at each read."""

    def __init__(self, files: Mapping[str, FileEntry], cache: BlobCache) -> None:
        self._files = files
        self._cache = cache

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, None when there is none; raises BlobUnavailable, CorruptBlob."""
        entry = self._files.get(path)
        if entry is None:
            return None
        parts = [self._cache.read(digest) for digest in entry.blobs]
        if any(part is None for part in parts):
            raise BlobUnavailable(f"{path} is not in the cache whole")
        return b"".join(part for part in parts if part is not None)

    def paths(self) -> tuple[str, ...]:
        """Return every path, sorted."""
        return tuple(sorted(self._files))
