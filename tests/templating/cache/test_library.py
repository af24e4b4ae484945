"""Caches stay bounded and give back what they hold."""

from __future__ import annotations

from zester.templating.cache.library import BoundedCache, Library


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


def test_the_same_text_is_parsed_once() -> None:
    library = Library()
    assert library.document("a: 1") is library.document("a: 1")
