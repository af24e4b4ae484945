"""What a compilation was made from: with the same again it comes to the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from zester.dataclass import dataclass
from zester.resources.manifest import FileEntry


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """Files, facts (``fingerprint``) and granted keys; the keys count as the very object they are.

    They are neither compared nor shown.
    """

    files: Mapping[str, FileEntry]
    fingerprint: object
    granted: object = field(repr=False)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Inputs)
            and self.granted is other.granted
            and self.fingerprint == other.fingerprint
            and self.files == other.files
        )

    __hash__ = None  # type: ignore[assignment]  # only compared
