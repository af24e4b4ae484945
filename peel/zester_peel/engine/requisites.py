"""Who a requisite means, and what it asks for now."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from zester.compiler.lowstate import REQUISITES, LowChunk
from zester_peel.engine.outcome import Outcome
from zester_peel.engine.suggestion import suggest

_GLOB = frozenset("*?[")


class RequisiteIndex:
    """Finds the chunks a requisite names: by id, name or state file, exactly or by glob."""

    def __init__(self, chunks: Sequence[LowChunk]) -> None:
        self._chunks = chunks
        self._words: dict[str, list[int]] = {}
        self._files: dict[str, list[int]] = {}
        for position, chunk in enumerate(chunks):
            for word in {chunk.id, chunk.name}:
                self._words.setdefault(word, []).append(position)
            self._files.setdefault(chunk.sls, []).append(position)

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
        if module == "sls":
            return written + suggest(target, self._files)
        known = (
            word for word, positions in self._words.items() if self._of_module(positions, module)
        )
        return written + suggest(target, known)

    def _of_module(self, positions: Sequence[int], module: str) -> list[int]:
        if not module:
            return list(positions)
        wanted = "function" if "." in module else "state"
        return [each for each in positions if getattr(self._chunks[each], wanted) == module]


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


@dataclass(frozen=True, slots=True)
class Standing:
    """What a state's requisites say at the moment it could run.

    ``blocked`` is the kind that keeps it from running, ``failed`` the refs that failed (then the
    state fails as well; otherwise being blocked is fine). ``watch`` and ``onchanges`` tell whether
    that kind fired.
    """

    blocked: Literal["", "require", "watch", "onchanges", "onfail"] = ""
    failed: tuple[str, ...] = ()
    watch: bool = False
    onchanges: bool = False


FREE = Standing()
"""The standing of a state without requisites."""


def judge(requisites: Mapping[str, tuple[int, ...]], results: Mapping[int, Outcome]) -> Standing:
    """Weigh requisites against what became of their targets; a target without outcome is fine."""
    met = {
        kind: [results[each] for each in requisites.get(kind, ()) if each in results]
        for kind in REQUISITES
    }
    watch = any(outcome.changes for outcome in met["watch"])
    onchanges = any(outcome.changes for outcome in met["onchanges"])
    for kind in ("require", "watch", "onchanges"):
        failed = tuple(outcome.ref for outcome in met[kind] if outcome.result is False)
        if failed:
            return Standing(kind, failed, watch, onchanges)
    if requisites.get("onfail") and all(each.result is not False for each in met["onfail"]):
        return Standing("onfail", (), watch, onchanges)
    if requisites.get("onchanges") and not onchanges:
        return Standing("onchanges", (), watch, onchanges)
    return Standing("", (), watch, onchanges)
