"""What nodes say, by what is said: nodes that say the same are one class."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from zester.targeting.expression import Comparison
from zester.targeting.matcher import match_data
from zester.targeting.os_fact import OsFact
from zester.targeting.value import Value

_STEPS = re.compile(r"[.:]")

Places: TypeAlias = int | set[int]
"""Places of nodes; most values are those of one node alone, and a set takes seven times as much."""


class Class:
    """A value and the places of the nodes that have it."""

    __slots__ = ("held", "value")

    def __init__(self, value: Value, place: int) -> None:
        self.value = value
        self.held: Places = place

    @property
    def places(self) -> Iterable[int]:
        return (self.held,) if isinstance(self.held, int) else self.held

    def add(self, place: int) -> None:
        """Take a node in."""
        if isinstance(self.held, int):
            self.held = {self.held, place}
        else:
            self.held.add(place)

    def drop(self, place: int) -> bool:
        """Let a node go; return whether somebody is left."""
        if isinstance(self.held, int):
            return self.held != place
        self.held.discard(place)
        return bool(self.held)


class Classes:
    """The values of every key that some node has."""

    def __init__(self) -> None:
        self._keys: dict[str, dict[str, Class]] = {}

    def meant(self, text: str, comparison: Comparison) -> list[int] | None:
        """Return the places of the nodes with a value that ``path:pattern`` means.

        None when it is less work to ask every node: the path may begin with any of several keys.
        """
        if text.startswith("*:"):
            return None
        keys = [key for key in _beginnings(text) if key in self._keys]
        if len(keys) > 1:
            return None
        found: list[int] = []
        for key in keys:
            for each in self._keys[key].values():
                if match_data({key: each.value}, text, comparison):
                    found.extend(each.places)
        return found

    def replace(
        self, place: int, old: Mapping[str, Value], new: Mapping[str, Value]
    ) -> dict[str, Value]:
        """Let a node say something new; return it with values that others have too shared."""
        for key, value in old.items():
            if key not in new or new[key] is not value:
                self._drop(key, value, place)
        return {
            sys.intern(key): value if old.get(key) is value else self._add(key, value, place)
            for key, value in new.items()
        }

    def _add(self, key: str, value: Value, place: int) -> Value:
        known = self._keys.setdefault(sys.intern(key), {})
        text = _text(value)
        found = known.get(text)
        if found is None:
            known[text] = Class(value, place)
            return value
        found.add(place)
        return found.value

    def _drop(self, key: str, value: Value, place: int) -> None:
        known, text = self._keys[key], _text(value)
        if not known[text].drop(place):
            del known[text]
            if not known:
                del self._keys[key]


def _beginnings(text: str) -> list[str]:
    """The topmost keys that a path may be looked up under."""
    steps = text.split(":")
    found = {":".join(steps[:count]) for count in range(1, len(steps) + 1)}
    return sorted(found | {_STEPS.split(text, maxsplit=1)[0]})


def _text(value: Value) -> str:
    """One text for each value that patterns can tell from others."""
    if type(value) is str:
        return value if not value.startswith(("j", "o")) else f"s{value}"
    if isinstance(value, OsFact):
        return "o" + json.dumps([str(value), value.parts], default=repr)
    return "j" + json.dumps(value, default=repr)
