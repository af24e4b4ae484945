"""Manifests as somebody may write them: one text for each meaning, and nothing else is accepted."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from zester.errors import InvalidDocument
from zester.resources.manifest import FileEntry, Manifest

A, B = "a" * 64, "b" * 64
GOOD = Manifest(
    files={
        "states/top.zy": FileEntry(digest=A, size=3),
        "states/größe.sh": FileEntry(digest=B, size=700_000, mode=0o755, chunks=(A, B)),
    }
)
TEXT = GOOD.encode()

values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([A, B]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def accepted(data: bytes) -> Manifest | None:
    with suppress(InvalidDocument):
        return Manifest.decode(data)
    return None


@given(st.binary() | st.builds(lambda value: json.dumps(value).encode(), values))
def test_noise_is_refused_or_canonical(data: bytes) -> None:
    found = accepted(data)
    assert found is None or found.encode() == data


@given(place=st.integers(0, len(TEXT)), removed=st.integers(0, 40), put=st.binary(max_size=12))
def test_a_text_that_was_edited_is_refused_or_canonical(
    place: int, removed: int, put: bytes
) -> None:
    data = TEXT[:place] + put + TEXT[place + removed :]
    found = accepted(data)
    assert found is None or found.encode() == data


@given(entry=st.dictionaries(st.sampled_from(["digest", "size", "mode", "chunks"]), values))
def test_an_entry_of_any_fields_is_refused_or_canonical(entry: dict[str, Any]) -> None:
    data = json.dumps({"files": {"a": entry}}, separators=(",", ":"), sort_keys=True).encode()
    found = accepted(data)
    assert found is None or found.encode() == data


@given(st.lists(st.text(min_size=1, max_size=6), max_size=4))
def test_a_manifest_of_any_paths_holds_only_safe_ones(parts: list[str]) -> None:
    data = json.dumps(
        {"files": {"/".join(parts): {"digest": A, "size": 1}}},
        separators=(",", ":"),
        ensure_ascii=False,
    ).encode("utf-8", "surrogatepass")
    found = accepted(data)
    if found is not None:
        assert not {"", ".", ".."} & set(next(iter(found.files)).split("/"))
        assert found.encode() == data
