"""Content that states take from the tree."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Protocol

from zester.dataclass import dataclass
from zester.errors import BlobUnavailable

_CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes a file has to hold: in memory (``data``), in files (``parts``), or both.

    ``digest`` is the SHA-256 of the whole, in hex; ``size`` in bytes; ``parts`` are files whose
    concatenation is the content: all content of a tree has them. ``mode`` holds the permission
    bits in the tree, when known. ``digests`` are those of the parts: a cache keeps them for long,
    so they are verified whenever they are read.
    """

    digest: str
    size: int
    data: bytes | None = None
    parts: tuple[Path, ...] = ()
    mode: int | None = None
    digests: tuple[str, ...] = ()

    def read(self) -> Iterator[bytes]:
        """Yield the content; raises BlobUnavailable when a part has vanished or is another."""
        if self.data is not None:
            yield self.data
            return
        for number, part in enumerate(self.parts):
            try:
                if self.digests:
                    yield _verified(part, self.digests[number])
                    continue
                with part.open("rb") as file:
                    while data := file.read(_CHUNK):
                        yield data
            except OSError as error:
                raise BlobUnavailable(
                    f"cannot read the source's {part}: {error.strerror}"
                ) from error


def _verified(part: Path, digest: str) -> bytes:
    data = part.read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        part.unlink(missing_ok=True)  # it is fetched anew
        raise BlobUnavailable(f"{part} has other content than its name says")
    return data


Version = tuple[str, int]
"""Digest and mode of a file of the tree."""


class Versions(Protocol):
    """Knows which files a tree has; takes URLs and raises StateError, as ``Sources.fetch``."""

    def version(self, url: str) -> Version | None: ...


class Sources(Protocol):
    """What a state may ask of the tree it came from."""

    async def fetch(self, url: str) -> Content | None:
        """Return the file behind ``salt://path`` (or ``zester://path``); None when there is none.

        Raises BlobUnavailable when the tree has it and it cannot be had now.
        """
        ...

    def list(self, url: str) -> tuple[str, ...]:
        """Return the tree-relative paths below a folder, sorted; ``salt://`` = all of them."""
        ...

    def value(self, kind: Literal["settings", "facts"], key: str, *, delimiter: str = ":") -> Any:  # noqa: ANN401 - data of a tree
        """Return a setting or a fact by its path; raises StateError when there is none."""
        ...

    async def render(self, text: str, *, name: str, sls: str, context: Mapping[str, Any]) -> str:
        """Render a Jinja template with this node's facts and settings; raises RenderError."""
        ...
