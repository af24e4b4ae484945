"""Which declaration a requisite or an extension names, before there are chunks."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from zester.compiler.high.declaration import Declaration
from zester.targeting.value import Value

_GLOB = frozenset("*?[")


class CallIndex:
    """Finds declarations with a call of a module by id, or by what the call says.

    Holds what was written when it was made: make another one after an extension.
    """

    def __init__(self, declared: Mapping[str, Declaration]) -> None:
        self._declared = declared
        self._said: dict[tuple[str, str], dict[str, bool]] = {}
        self._names: dict[tuple[str, str], dict[str, None]] = {}
        for id_, declaration in declared.items():
            for state, call in declaration.calls.items():
                for arg in call.args:
                    if len(arg) == 1:
                        self._add(state, id_, *next(iter(arg.items())))

    def _add(self, state: str, id_: str, key: str, value: Value) -> None:
        if isinstance(value, str):
            ids = self._said.setdefault((state, value), {})
            ids[id_] = ids.get(id_, False) or key == "name"
        elif key == "names" and isinstance(value, list):
            for item in value:
                name = next(iter(item), None) if isinstance(item, Mapping) else item
                if isinstance(name, str):
                    self._names.setdefault((state, name), {})[id_] = None

    def find(self, state: str, name: str) -> list[str]:
        """Return ids: of that id, or saying that word in any argument (Salt's rule), by glob."""
        if name in self._declared and state in self._declared[name].calls:
            return [name]
        said = self._said.get((state, name))
        if said:
            named = [id_ for id_, as_name in said.items() if as_name]
            return named or list(said)
        names = self._names.get((state, name))
        if names:
            return list(names)
        return self._matching(state, name) if _GLOB.intersection(name) else []

    def named(self, name: str) -> tuple[str, str] | None:
        """Return the last ``(state, id)`` whose call has that name, whatever its module."""
        found = None
        for (state, said), ids in self._said.items():
            if said == name:
                found = next(((state, id_) for id_, as_name in ids.items() if as_name), found)
        return found

    def _matching(self, state: str, pattern: str) -> list[str]:
        found = {
            id_: None
            for id_, declaration in self._declared.items()
            if state in declaration.calls and fnmatchcase(id_, pattern)
        }
        for (module, said), ids in self._said.items():
            if module == state and fnmatchcase(said, pattern):
                found.update((id_, None) for id_, as_name in ids.items() if as_name)
        return list(found)
