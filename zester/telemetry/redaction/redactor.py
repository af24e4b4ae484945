"""One pass over a text that takes every secret out of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress, count
from typing import Any

from zester.telemetry.redaction.spellings import ENCODED, spellings

MARK = "•••"
"""What stands where something was hidden."""

SHORTEST = 4
"""Characters of the shortest text that can be hidden; between this and ENCODED as whole words."""

_CLEAN_LENGTH, _CLEAN_NUMBER = 120, 16384
"""Texts that were found clean are remembered: names of fields, ids and words come again."""

_NUMBER = re.compile("[0-9.aefin+-]+")
_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=")


class Redactor:
    """Hides these texts and their encodings; it forgets none of them. Safe for threads.

    The texts are indexed by their first characters, so a pass costs the same however many there
    are. The index is made when something is to be shown: a peel with nothing to say has none.
    """

    __slots__ = ("_clean", "_index", "texts")

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self.texts = frozenset(text for text in texts if len(text) >= SHORTEST)
        self._index: _Index | None = None
        self._clean: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self.texts)

    def __repr__(self) -> str:
        return f"Redactor({len(self.texts)} texts)"

    def __call__(self, text: str) -> str:
        """Return a text without secrets."""
        if len(text) < SHORTEST or not self.texts or text in self._clean:
            return text
        spans = self._indexed().spans(text)
        if not spans:
            if len(text) <= _CLEAN_LENGTH and len(self._clean) < _CLEAN_NUMBER:
                self._clean.add(text)
            return text
        shown: list[str] = []
        done = 0
        for start, end in _merged(spans):
            shown += (text[done:start], MARK)
            done = end
        shown.append(text[done:])
        return "".join(shown)

    def with_more(self, texts: Iterable[str]) -> Redactor:
        """Return one that hides these texts, too; what was indexed is not indexed again."""
        more = Redactor(texts)
        added = more.texts - self.texts
        more.texts |= self.texts
        index = self._index
        if index is not None:
            index.add(added)
            more._index = index
        return more

    def ready(self) -> Redactor:
        """Return this one with its index made, for another process to take over."""
        self._indexed()
        return self

    def rest(self) -> None:
        """Let go of the index; it is made again when something is to be shown."""
        self._index = None
        self._clean = set()

    @property
    def hides_numbers(self) -> bool:
        """Whether one of the texts may be part of a number."""
        return self._indexed().numbers

    def value(self, value: Any) -> Any:  # noqa: ANN401 - any value of a document
        """Return a value of maps, lists and scalars without secrets, keys included."""
        return without_secrets(value, (self,))

    def _indexed(self) -> _Index:
        index = self._index
        if index is None:
            index = self._index = _Index(self.texts)
        return index


def without_secrets(value: Any, redactors: Sequence[Redactor]) -> Any:  # noqa: ANN401 - as above
    """Return a value of maps, lists and scalars without what any of these hides, keys included."""
    redactors = [redactor for redactor in redactors if redactor]
    if not redactors:
        return value
    untouched: tuple[type, ...] = (type(None), bool)
    if not any(redactor.hides_numbers for redactor in redactors):
        untouched += (int, float)

    def concealed(value: Any) -> Any:  # noqa: ANN401 - as above
        kind = type(value)
        if kind is str or isinstance(value, str):
            for redactor in redactors:
                value = redactor(value)
            return value
        if kind in untouched:
            return value
        if isinstance(value, Mapping):
            shown: dict[Any, Any] = {}
            for key, inner in value.items():
                name = concealed(key)
                shown[f"{name} {len(shown)}" if name in shown else name] = concealed(inner)
            return shown
        if isinstance(value, list | tuple | set | frozenset):
            return kind(map(concealed, value))
        plain = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        hidden = concealed(plain)
        return value if hidden == plain else hidden

    return concealed(value)


class _Index:
    """Every spelling of every text, found by how it starts."""

    __slots__ = ("_long", "_patterns", "_short", "_words", "numbers")

    def __init__(self, texts: Iterable[str]) -> None:
        self._patterns: dict[str, bool] = {}
        self._words: set[str] = set()
        self._long: dict[tuple[str, ...], tuple[int, ...]] = {}
        self._short: dict[tuple[str, ...], tuple[int, ...]] = {}
        self.numbers = False
        self.add(texts)

    def add(self, texts: Iterable[str]) -> None:
        """Find these texts, too."""
        for text in texts:
            for each, grows in spellings(text):
                if len(each) >= ENCODED:
                    self._patterns[each] = grows
                    _note(self._long, tuple(each[:ENCODED]), len(each))
                elif len(each) >= SHORTEST:
                    self._words.add(each)
                    _note(self._short, tuple(each[:SHORTEST]), len(each))
                else:
                    continue
                if not self.numbers and _NUMBER.fullmatch(each):
                    self.numbers = True

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where secrets begin and end; they may overlap."""
        spans: list[tuple[int, int]] = []
        for place in _places(self._long, text, ENCODED):
            lengths = self._long[tuple(text[place : place + ENCODED])]
            self._verify(text, place, lengths, spans)
        for place in _places(self._short, text, SHORTEST):
            lengths = self._short[tuple(text[place : place + SHORTEST])]
            self._verify_word(text, place, lengths, spans)
        return spans

    def _verify(
        self, text: str, place: int, lengths: tuple[int, ...], spans: list[tuple[int, int]]
    ) -> None:
        for length in lengths:
            grows = self._patterns.get(text[place : place + length])
            if grows is None:
                continue
            start, end = place, place + length
            if grows and not (spans and spans[-1][1] >= end):
                while start and text[start - 1] in _BASE64:
                    start -= 1
                while end < len(text) and text[end] in _BASE64:
                    end += 1
            spans.append((start, end))
            return

    def _verify_word(
        self, text: str, place: int, lengths: tuple[int, ...], spans: list[tuple[int, int]]
    ) -> None:
        if text[place].isalnum() and place and text[place - 1].isalnum():
            return
        for length in lengths:
            end = place + length
            joined = end < len(text) and text[end].isalnum() and text[end - 1].isalnum()
            if text[place:end] in self._words and not joined:
                spans.append((place, end))
                return


def _places(index: Mapping[tuple[str, ...], object], text: str, size: int) -> Iterable[int]:
    """Return where ``size`` characters begin that are in the index; nothing of it runs in Python.

    Half of what it takes to cut a text into slices.
    """
    if not index:
        return ()
    starts = zip(*(text[place:] for place in range(size)), strict=False)
    return compress(count(), map(index.__contains__, starts))


def _note(
    index: dict[tuple[str, ...], tuple[int, ...]], start: tuple[str, ...], length: int
) -> None:
    """Note that a pattern starts so; the longest length comes first."""
    known = index.get(start, ())
    if length not in known:
        index[start] = tuple(sorted((*known, length), reverse=True))


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join spans that overlap or touch."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
