"""Envelopes on disk, as they came, each with the trust bundle it was judged by.

They are judged again when they are read. By their own bundle: keys may have been replaced or
revoked since, and what was good when it was taken stays in force.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from zester.dataclass import dataclass
from zester.errors import HostError, WrongAddressee
from zester.resources.document import Document
from zester.trees.digest import digest_of
from zester.trust.bundle import read_bundle
from zester.trust.disk.private_file import write_private
from zester.trust.verifier import Verifier


@dataclass(frozen=True, slots=True)
class Kept:
    """An envelope and the bundle it was judged by, both as they came.

    ``payload`` is what it says, ``signer`` who says it.
    """

    data: bytes
    bundle: bytes
    payload: bytes
    signer: str = ""


class _OnDisk(Document):
    envelope: str
    bundle: str


class _File(Document):
    """``bundles`` by their digests; ``documents`` by their places."""

    env: str
    bundles: dict[str, str] = Field(default_factory=dict)
    documents: dict[str, _OnDisk] = Field(default_factory=dict)


class KeptEnvelopes:
    """One file of envelopes of one environment, replaced whole."""

    def __init__(self, path: Path, env: str) -> None:
        self.path = path
        self._env = env

    def load(self, operator: str) -> dict[str, Kept]:
        """Return what is kept by its place; nothing when there is no file or it is another's.

        ``operator`` is the pinned key. Raises InvalidDocument, Untrusted, HostError; one bad
        envelope spoils the file.
        """
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise HostError(f"{self.path}: {error.strerror}") from error
        file = _File.decode(data)
        if file.env != self._env:
            return {}
        judges = {
            digest: Verifier(read_bundle(text.encode(), operator=operator, env=self._env))
            for digest, text in file.bundles.items()
        }
        return {
            place: self._reopen(file, place, found, judges)
            for place, found in file.documents.items()
        }

    def _reopen(
        self, file: _File, place: str, found: _OnDisk, judges: Mapping[str, Verifier]
    ) -> Kept:
        data = found.envelope.encode("utf-8", "surrogatepass")
        judge = judges.get(found.bundle)
        if judge is None:
            raise WrongAddressee(f"{place} is kept without the trust bundle it was judged by")
        verified = judge.reopen(data, place)
        return Kept(data, file.bundles[found.bundle].encode(), verified.payload, verified.name)

    def save(self, documents: Mapping[str, Kept]) -> None:
        """Replace the file; raises HostError."""
        bundles = {digest_of(kept.bundle): kept.bundle for kept in documents.values()}
        file = _File(
            env=self._env,
            bundles={digest: text.decode() for digest, text in bundles.items()},
            documents={
                place: _OnDisk(
                    envelope=kept.data.decode(),
                    bundle=digest_of(kept.bundle),
                )
                for place, kept in documents.items()
            },
        )
        try:
            write_private(self.path, file.encode())
        except OSError as error:
            why = error.strerror or os.strerror(error.errno or 0)
            raise HostError(f"{self.path}: {why}") from error
