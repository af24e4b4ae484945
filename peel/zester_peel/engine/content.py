"""Content that states take from the tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes a file has to hold: in memory (``data``), in files (``parts``), or both.

    ``digest`` is the SHA-256 of the whole, in hex; ``size`` in bytes; ``parts`` are files whose
    concatenation is the content: all content of a tree has them. ``mode`` holds the permission
    bits in the tree, when known.
    """

    digest: str
    size: int
    data: bytes | None = None
    parts: tuple[Path, ...] = ()
    mode: int | None = None


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
