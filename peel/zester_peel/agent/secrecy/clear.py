"""What everybody may read: no secret, although settings say it, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from zester.compiler.roots import Roots
from zester.compiler.secrecy.leaves import said_in_clear, secret_texts
from zester.compiler.state_root import state_name
from zester.dataclass import dataclass
from zester.errors import ZesterError
from zester.resources.files import Files

_LARGEST = 256 * 1024
"""Bytes of a file that is still looked through for words that everybody may read."""


@dataclass(frozen=True, slots=True)
class Clear:
    """What everybody may read: the files of a tree but for its settings, and the facts."""

    files: Files
    roots: Roots
    facts: Mapping[str, Any]

    def secrets(self, settings: Mapping[str, Any], reads: Iterable[str]) -> frozenset[str]:
        """Return the texts of settings that neither the files ``reads`` nor the facts say."""
        candidates = secret_texts(settings)
        return candidates - self.said(candidates, reads)

    def said(self, candidates: frozenset[str], reads: Iterable[str]) -> frozenset[str]:
        """Return those of the texts that can be read in these files or in the facts."""
        if not candidates:
            return candidates
        return said_in_clear(candidates, (*self._texts(reads), "\n".join(_strings(self.facts))))

    def names(self) -> frozenset[str]:
        """Return the names of the state files: the manifest says them to everybody."""
        root = self.roots.states
        paths = (path for path in self.files.paths() if path.startswith(root))
        return frozenset(name for path in paths if (name := state_name(path.removeprefix(root))))

    def text(self, path: str) -> str | None:
        """Return the text of a file that everybody may read, None of others."""
        own = self.roots.settings
        if path.endswith("/") or (own and path.startswith(own)):
            return None
        try:
            data = self.files.read(path)
        except ZesterError:  # who compiles it tells what is wrong with it
            return None
        return None if data is None or len(data) > _LARGEST else data.decode("utf-8", "replace")

    def _texts(self, paths: Iterable[str]) -> Iterator[str]:
        for path in paths:
            text = self.text(path)
            if text is not None:
                yield text


def _strings(value: Any) -> Iterator[str]:  # noqa: ANN401 - any fact
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)
    elif isinstance(value, str):
        yield value
