"""Files whose sealed ones are opened in memory, at each read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from zester.errors import At, CannotOpen, InvalidToken, NotGranted
from zester.resources.files import Files, wishes_of
from zester.resources.manifest import FileEntry, SealedEntry
from zester.resources.sealing.sealed_value import SealedValue
from zester.trust.sealing import BoxKey


class HeldKeys(Protocol):
    """The private keys somebody holds."""

    def find(self, scope: str, generation: int) -> BoxKey | None:
        """Return a key, None when it is not held."""
        ...


class OpenedFiles:
    """The files of a tree as somebody sees them who holds some of its keys.

    ``sealed`` are those that need one; ``missing`` is the hint for a key that is not held.
    """

    def __init__(
        self,
        files: Files,
        sealed: Mapping[str, SealedEntry],
        keys: HeldKeys,
        *,
        missing: str,
    ) -> None:
        self._files = files
        self._sealed = sealed
        self._keys = keys
        self._missing = missing

    def paths(self) -> tuple[str, ...]:
        """Return every path, sorted."""
        return self._files.paths()

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, opened; raises NotGranted, CannotOpen."""
        data = self._files.read(path)
        sealed = self._sealed.get(path)
        if data is None or sealed is None:
            return data
        key = self._keys.find(sealed.scope, sealed.generation)
        if key is None:
            raise NotGranted(
                f"is sealed, and this node was not granted generation {sealed.generation} of "
                "its key",
                at=At(path),
                hint=self._missing,
            )
        try:
            return key.open(data)
        except CannotOpen as error:
            raise CannotOpen(f"{path}: {error.message}", hint=error.hint) from error

    def wishes(self, path: str) -> tuple[str, ...]:
        """Return what a file asks for."""
        return wishes_of(self._files, path)

    def sealed(self, path: str) -> bool:
        """Return whether a file is one that not every node may read."""
        return path in self._sealed

    def open_value(self, path: str, text: str) -> str:
        """Return what an encrypted value says that stands in a file, or in one it imports.

        Raises NotGranted, CannotOpen, InvalidToken.
        """
        value = SealedValue.parse(text)
        if value is None:
            raise InvalidToken(f"{path}: not an encrypted value")
        held = list(self._candidates(path, value.generation))
        for key in held:
            try:
                return value.open(key)
            except CannotOpen:
                continue  # it may be that of a file this one imports
        if not held:
            raise NotGranted(
                f"a value is encrypted with generation {value.generation} of a key that this node "
                "was not granted",
                at=At(path),
                hint="generations that are no longer kept are replaced by `zester rekey`",
            )
        raise CannotOpen(
            f"{path}: a value is encrypted for another file, or damaged",
            hint="encrypt it again: zester encrypt --file " + path,
        )

    def _candidates(self, path: str, generation: int) -> Iterator[BoxKey]:
        seen = {path}
        pending = [path]
        while pending:
            sealed = self._sealed.get(pending.pop(0))
            if sealed is None:
                continue
            key = self._keys.find(sealed.scope, generation)
            if key is not None:
                yield key
            fresh = [ref for ref in sealed.refs if ref not in seen]
            seen.update(fresh)
            pending.extend(fresh)


def sealed_of(entries: Mapping[str, FileEntry]) -> dict[str, SealedEntry]:
    """Return what opens the sealed files among these."""
    return {path: entry.sealed for path, entry in entries.items() if entry.sealed is not None}
