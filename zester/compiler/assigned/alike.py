"""Nodes for which a top file says the same, so that it need not be rendered for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from zester.compiler.assigned.top import TopTarget, is_top
from zester.dataclass import dataclass
from zester.errors import SourceError
from zester.resources.files import Files
from zester.targeting.node import NodeView
from zester.targeting.value import Value
from zester.templating.documents.pipe import read_pipe
from zester.templating.functions.table import GLOBALS
from zester.templating.outline import Outliner
from zester.templating.renderer import decode, has_jinja

KEPT = 1024

_TELLING = frozenset({"id", "minion_id", "opts", "salt", "salt_call", "show_full_context"})
"""Names by which a template may learn more of a node than its facts."""


@dataclass(frozen=True, slots=True)
class TopTemplate:
    """``jinja``: it is a template at all. ``alike``: nodes with the same facts are told the same.

    Only facts are asked for, and no other file.
    """

    jinja: bool
    alike: bool

    @classmethod
    def of(cls, files: Files, root: str) -> Self:
        """Look at the top files of a settings root."""
        tops = [path for path in files.paths() if _is_top(path, root)]
        found = [cls._of(files, path, root) for path in tops]
        return cls(jinja=any(each.jinja for each in found), alike=all(each.alike for each in found))

    @classmethod
    def _of(cls, files: Files, path: str, root: str) -> Self:
        data = files.read(path)
        if data is None:
            return cls(jinja=False, alike=True)
        try:
            text = decode(data, path)
            pipe = read_pipe(text, path)
        except SourceError:
            return cls(jinja=True, alike=False)
        including = "include" in text
        if pipe.format == "py" or including:
            return cls(jinja=True, alike=False)
        if not (pipe.jinja and has_jinja(text)):
            return cls(jinja=False, alike=True)
        found = Outliner(root).inspect(text, path.removeprefix(root))
        if found is None:
            return cls(jinja=True, alike=False)
        uses = found[0]
        telling = uses.loaded & (_TELLING | GLOBALS.keys())
        return cls(jinja=True, alike=not (telling or uses.references or uses.functions))


class RenderedTops:
    """Targets by the facts that were looked at, and by what those were."""

    def __init__(self) -> None:
        self._known: dict[frozenset[str], dict[str, list[TopTarget]]] = {}

    def find(self, node: NodeView) -> list[TopTarget] | None:
        """Return what a node is told, None when no other was like it so far."""
        for keys, by_value in self._known.items():
            found = by_value.get(_values(keys, node.facts))
            if found is not None:
                return found
        return None

    def keep(self, keys: frozenset[str], node: NodeView, targets: list[TopTarget]) -> None:
        """Remember what all nodes are told that have these facts in common."""
        by_value = self._known.setdefault(keys, {})
        if sum(map(len, self._known.values())) >= KEPT:
            self._known.clear()
            by_value = self._known.setdefault(keys, {})
        by_value[_values(keys, node.facts)] = targets


def _values(keys: frozenset[str], facts: Mapping[str, Value]) -> str:
    """The values of some facts as text; ``os`` as a whole, not only its name."""
    found = []
    for key in sorted(keys):
        value = facts.get(key)
        found.append((key, value.__reduce__()[1] if hasattr(value, "parts") else value))
    return repr(found)


def _is_top(path: str, root: str) -> bool:
    return path.startswith(root) and is_top(path.removeprefix(root))
