"""State file names and the files they mean."""

from __future__ import annotations

from fnmatch import filter as fnfilter

from zester.templating.recorded import RecordedFiles

SUFFIXES = (".zy", ".sls")
WILDCARDS = frozenset("*?[")


class StateRoot:
    """A states or settings root: ``a.b`` is ``a/b.zy``, ``a/b.sls``, ``a/b/init.zy``, ...

    File names count from ``prefix``, which is empty or ends in ``/``.
    """

    def __init__(self, files: RecordedFiles, prefix: str) -> None:
        self._files = files
        self._prefix = prefix

    def find(self, sls: str) -> str | None:
        """Return the name of the file behind a state file name, None when there is none."""
        stem = sls.replace(".", "/")
        for candidate in (stem, f"{stem}/init"):
            found = self.spelled(candidate)
            if found is not None:
                return found
        return None

    def spelled(self, stem: str) -> str | None:
        """Return ``stem`` with the first suffix that exists."""
        for suffix in SUFFIXES:
            if self._files.read(f"{self._prefix}{stem}{suffix}") is not None:
                return f"{stem}{suffix}"
        return None

    def matching(self, pattern: str) -> list[str]:
        """Return the state file names a pattern means: itself when it holds no wildcards, or fits
        nothing."""
        if not WILDCARDS & set(pattern):
            return [pattern]
        first = min(pattern.find(char) for char in WILDCARDS if char in pattern)
        folder = pattern[:first].rpartition(".")[0].replace(".", "/")
        below = f"{self._prefix}{folder}/" if folder else self._prefix
        return fnfilter(self._names(below), pattern) or [pattern]

    def below(self, folder: str) -> list[str]:
        """Return the templates in a folder that are named as state files are, sorted."""
        found = (path[len(self._prefix) :] for path in self._files.below(self._prefix + folder))
        return sorted(
            name for name in found if name.endswith(SUFFIXES) and "/" not in name[len(folder) :]
        )

    def names(self) -> list[str]:
        """Return every state file name, sorted; top files are none."""
        return self._names(self._prefix)

    def _names(self, below: str) -> list[str]:
        names = (state_name(path[len(self._prefix) :]) for path in self._files.below(below))
        return sorted({name for name in names if name and name != "top"})


def state_name(file: str) -> str | None:
    """Return the state file name of a file, None when it is no state file."""
    for suffix in SUFFIXES:
        if file.endswith(suffix):
            stem = file.removesuffix(suffix)
            if "." in stem:
                return None
            return stem.removesuffix("/init").replace("/", ".")
    return None
