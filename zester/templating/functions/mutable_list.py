"""The list that ``mlist()`` makes."""

from __future__ import annotations

from collections.abc import Iterable

from jinja2.exceptions import TemplateRuntimeError

from zester.targeting.value import Value

MAX_ITEMS = 100_000


class MutableList(list[Value]):
    """A list that also answers to the reference's method names; none of them returns the list."""

    def Append(self, item: Value) -> None:
        self._room(1)
        self.append(item)

    def Extend(self, items: Iterable[Value]) -> None:
        values = list(items)
        self._room(len(values))
        self.extend(values)

    def Len(self) -> int:
        return len(self)

    def Items(self) -> list[Value]:
        return list(self)

    def Get(self, index: int) -> Value:
        """Return an item, None when there is none at the index."""
        return self[index] if 0 <= index < len(self) else None

    def _room(self, count: int) -> None:
        if len(self) + count > MAX_ITEMS:
            raise TemplateRuntimeError(f"a list is longer than {MAX_ITEMS} items")
