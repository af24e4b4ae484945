"""The manifest: which files a tree has, each by the digest of its content."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from zester.dataclass import dataclass
from zester.errors import InvalidDocument, InvalidKey
from zester.resources.document import Document, canonical_json
from zester.resources.ids import Digest
from zester.resources.tree_path import check_tree_path

CHUNK_SIZE = 512 * 1024
"""Largest blob in bytes; a larger file is a list of chunks of exactly this size and a rest."""

MAX_SIZE = 2**53
"""Largest number of bytes that every JSON reader gets right."""


Wish = Literal["list", "observe", "overwrite", "prune"]
"""What a file asks of who follows it. Of settings: how they are laid over those before them;
``overwrite`` replaces topmost keys, ``list`` joins lists. Of states: ``prune`` what they made once
no state declares it any more, ``observe`` what differs and leave it alone."""

_SLICE = 256
"""Files of a manifest that are looked at together."""


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """What opens a sealed file: a generation of its scope's key.

    ``refs`` are the other files that rendering it needs: paths, of the tree or of one laid over it.
    """

    scope: Annotated[str, Field(min_length=3, max_length=1024)]
    generation: Annotated[int, Field(ge=1, le=2**31)]
    refs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file. ``digest`` is that of the whole, also when it is stored as ``chunks``.

    ``size`` in bytes, ``mode`` the permission bits (0o644 or 0o755). Of a ``sealed`` file, digest
    and size are those of the sealed bytes. A plain dataclass, because a peel keeps thousands of
    them: a sixth of a model's memory. Checked as part of a Manifest.

    ``origin`` says what the file was made from, where one source is made of many things; ``wishes``
    what that asks for.
    """

    digest: Digest
    size: Annotated[int, Field(ge=0, le=MAX_SIZE)]
    mode: Annotated[int, Field(ge=0, le=0o777)] = 0o644
    chunks: tuple[Digest, ...] = ()
    sealed: SealedEntry | None = None
    origin: Annotated[str, Field(max_length=512)] = ""
    wishes: Annotated[tuple[Wish, ...], Field(max_length=8)] = ()

    @model_validator(mode="after")
    def _chunks_fit(self) -> Self:
        wanted = -(-self.size // CHUNK_SIZE) if self.size > CHUNK_SIZE else 0
        if len(self.chunks) != wanted:
            raise ValueError(f"{self.size} bytes are {wanted} chunks, not {len(self.chunks)}")
        return self

    @property
    def blobs(self) -> tuple[str, ...]:
        """The digests to fetch, in order."""
        return self.chunks or (self.digest,)


class Manifest(Document):
    """All files of a tree by path. Its digest is the tree's id."""

    version: Literal[1] = 1
    files: dict[str, FileEntry]

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Parse bytes; raises InvalidDocument unless they are the one canonical form.

        Of a path that is there twice one reader would see the first and another the last.
        """
        found = super().decode(data)
        if not found.is_encoded_as(data):
            raise InvalidDocument(
                "not a manifest: not in canonical form, or with a path that is there twice"
            )
        return found

    def is_encoded_as(self, data: bytes) -> bool:
        """Whether ``data`` is what ``encode`` returns, without making all of that at once."""
        start, end = b'{"files":{', b"}}"
        if not data.startswith(start) or not data.endswith(end):
            return False
        place = len(start)
        paths = sorted(self.files)
        for first in range(0, len(paths), _SLICE):
            some = {path: self.files[path] for path in paths[first : first + _SLICE]}
            shown = Manifest.model_construct(files=some).model_dump(
                mode="json", exclude_defaults=True
            )
            text = (b"," if first else b"") + canonical_json(shown["files"])[1:-1]
            if not data.startswith(text, place):
                return False
            place += len(text)
        return place == len(data) - len(end)

    @field_validator("files")
    @classmethod
    def _safe_paths(cls, files: dict[str, FileEntry]) -> dict[str, FileEntry]:
        folders: set[str] = set()
        for path in files:
            try:
                check_tree_path(path)
            except InvalidKey as error:
                raise ValueError(error.message) from error
            parts = path.split("/")
            folders.update("/".join(parts[:depth]) for depth in range(1, len(parts)))
        clash = next((path for path in files if path in folders), None)
        if clash is not None:
            raise ValueError(f"{clash!r} is both a file and a folder")
        return files
