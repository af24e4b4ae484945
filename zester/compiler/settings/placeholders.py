"""Files whose encrypted values are shown as such, for whoever only wants to look."""

from __future__ import annotations

from zester.resources.files import Files, wishes_of
from zester.resources.sealing.encrypted import FORM


class Placeholders:
    """The same files; what cannot be opened here stands as ``<encrypted, generation 1>``."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def read(self, path: str) -> bytes | None:
        return self._files.read(path)

    def paths(self) -> tuple[str, ...]:
        return self._files.paths()

    def wishes(self, path: str) -> tuple[str, ...]:
        return wishes_of(self._files, path)

    def sealed(self, path: str) -> bool:
        """No file of a folder is sealed."""
        return False

    def open_value(self, path: str, text: str) -> str:
        """Return what stands for an encrypted value."""
        found = FORM.fullmatch(text)
        return f"<encrypted, generation {found[1]}>" if found else text
