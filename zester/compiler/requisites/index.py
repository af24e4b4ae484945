"""Who a requisite means."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from typing import Protocol

_GLOB = frozenset("*?[")


class Named(Protocol):
    """What requisites are compared with."""

    @property
    def state(self) -> str: ...
    @property
    def fun(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def sls(self) -> str: ...
    @property
    def included_from(self) -> tuple[str, ...]: ...


class RequisiteIndex:
    """Finds the chunks a requisite names: by id, name or state file, exactly or by glob.

    A state file stands for its own chunks and for those of the files it includes.
    """

    def __init__(self, chunks: Sequence[Named]) -> None:
        self._chunks = chunks
        self._words: dict[str, list[int]] = {}
        self._files: dict[str, list[int]] = {}
        for position, chunk in enumerate(chunks):
            for word in {chunk.id, chunk.name}:
                self._words.setdefault(word, []).append(position)
            for file in {chunk.sls, *chunk.included_from}:
                self._files.setdefault(file, []).append(position)

    def find(self, module: str, target: str, *, asker: int) -> tuple[int, ...] | None:
        """Return positions in definition order, None when nothing is meant.

        The asker itself is left out where others are meant too, or where a glob or a state file
        happens to cover it.
        """
        if module == "sls":
            found = _matching(self._files, target)
            return tuple(each for each in found if each != asker) if found else None
        exact = self._of_module(self._words.get(target, []), module)
        if exact:
            return tuple(each for each in exact if each != asker) or (asker,)
        if not _GLOB.intersection(target):
            return None
        found = self._of_module(_matching(self._words, target), module)
        return tuple(each for each in found if each != asker) or None

    def explain(self, module: str, target: str) -> str:
        """Return how to call a target that was not found, with the nearest one that exists."""
        written = f"{module}: {target}" if module else target
        near = self.nearest(module, target)
        return f"{written} (did you mean {near!r}?)" if near else written

    def nearest(self, module: str, target: str) -> str | None:
        """Return the id, name or state file that a mistyped target may have meant."""
        import difflib  # late: only mistakes need it

        if module == "sls":
            known = list(self._files)
        else:
            known = [word for word, found in self._words.items() if self._of_module(found, module)]
        near = difflib.get_close_matches(target, known, n=1)
        return near[0] if near else None

    def _of_module(self, positions: Sequence[int], module: str) -> list[int]:
        if not module:
            return list(positions)
        state, _, fun = module.partition(".")
        chunks = self._chunks
        return [
            each
            for each in positions
            if chunks[each].state == state and (not fun or chunks[each].fun == fun)
        ]


def _matching(index: Mapping[str, list[int]], pattern: str) -> list[int]:
    found = index.get(pattern)
    if found is None and _GLOB.intersection(pattern):
        found = sorted(
            {
                position
                for word, positions in index.items()
                if fnmatch.fnmatchcase(word, pattern)
                for position in positions
            }
        )
    return found or []
