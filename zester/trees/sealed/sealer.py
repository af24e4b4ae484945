"""Seal some files of a local tree before it leaves this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from zester.dataclass import dataclass
from zester.errors import At, SourceError
from zester.resources.manifest import FileEntry, Manifest, SealedEntry
from zester.resources.sealing.scope_keys import ScopeKeys
from zester.trees.digest import digest_of
from zester.trees.tree import BlobSource, LocalTree, entry_for, split_chunks
from zester.trust.sealing import seal_steadily

MAX_SEALED = 64 * 1024 * 1024
"""Largest file to seal, in bytes: sealing needs it in memory, and so does opening."""


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals files each to its own scope.

    ``keys`` are the scopes by path, ``refs`` the other files each needs. ``secret`` is the
    publisher's: with it unchanged content keeps its digest, and nobody else can tell.
    """

    keys: Mapping[str, ScopeKeys]
    refs: Mapping[str, tuple[str, ...]]
    secret: bytes

    def seal(self, tree: LocalTree) -> LocalTree:
        """Return the tree with those files sealed; one that is too large is a problem of it."""
        files: dict[str, FileEntry] = {}
        blobs: dict[str, BlobSource] = {}
        problems = list(tree.problems)
        for path, entry in tree.manifest.files.items():
            keys = self.keys.get(path)
            if keys is None:
                files[path] = entry
                blobs.update((digest, tree.blobs[digest]) for digest in entry.blobs)
            elif entry.size > MAX_SEALED:
                problems.append(_too_large(path))
            else:
                files[path] = self._seal(path, tree, entry, keys, blobs)
        manifest = Manifest(files=files)
        return replace(
            tree,
            manifest=manifest,
            encoded=manifest.encode(),
            blobs=blobs,
            problems=tuple(problems),
        )

    def _seal(
        self,
        path: str,
        tree: LocalTree,
        entry: FileEntry,
        keys: ScopeKeys,
        blobs: dict[str, BlobSource],
    ) -> FileEntry:
        half = keys.newest
        context = f"{keys.scope}\n{half.generation}"
        data = seal_steadily(half.public, tree.read(path) or b"", self.secret, context)
        chunks = []
        for part in split_chunks(data):
            digest = digest_of(part)
            blobs[digest] = BlobSource(tree.folder / path, 0, len(part), part)
            chunks.append(digest)
        sealed = SealedEntry(keys.scope, half.generation, tuple(self.refs.get(path, ())))
        made = entry_for(digest_of(data), len(data), entry.mode, tuple(chunks))
        return replace(made, sealed=sealed)


def _too_large(path: str) -> SourceError:
    return SourceError(
        f"is larger than {MAX_SEALED >> 20} MiB, too large for a settings file",
        at=At(path),
        hint="large files belong beside the states, encrypted if they are secret",
    )
