"""Caches stay bounded and give back what they hold."""

from __future__ import annotations

import pytest

from zester.templating.cache import library
from zester.templating.cache.library import BoundedCache, Library
from zester.templating.documents import document
from zester.templating.documents.document import Document


def test_the_least_recently_used_is_dropped_first() -> None:
    cache: BoundedCache[str, str] = BoundedCache(3)
    made: list[str] = []

    def get(key: str) -> str:
        return cache.get(key, 1, lambda: made.append(key) or key)  # type: ignore[func-returns-value]  # append gives None

    for key in ("a", "b", "c", "a", "d", "a", "b"):
        assert get(key) == key
    assert made == ["a", "b", "c", "d", "b"]
    assert len(cache) == 3


def test_what_is_too_large_is_not_kept() -> None:
    cache: BoundedCache[str, int] = BoundedCache(3)
    cache.get("a", 1, lambda: 1)
    assert cache.get("big", 9, lambda: 2) == 2
    assert len(cache) == 1


def test_the_same_text_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []

    def parse(text: str) -> Document:
        parsed.append(text)
        return document.parse(text)

    monkeypatch.setattr(library, "parse", parse)
    kept = Library()
    text = "a: &x [1, 2.5, true, null, text, !!binary aGk=]\nb: *x\nc: {d: 0644, 5: e}\n"
    first = kept.document(text)
    assert kept.document(text) == first == document.parse(text)
    assert parsed == [text]


def test_what_is_done_to_a_document_is_not_seen_by_the_next() -> None:
    kept = Library()
    for _ in range(3):
        data = kept.document("a: [1]").data
        assert data == {"a": [1]}
        data["a"].append(2)
