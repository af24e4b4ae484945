"""Envelopes on disk: whatever is in the file, only what was signed comes out of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.trusted import bundle_of, publisher, shared_realm
from zester.errors import HostError, InvalidDocument, StaleRevision, Untrusted
from zester_peel.agent.belief.kept import Kept, KeptEnvelopes
from zester_peel.agent.belief.marks import Marks
from zester_peel.agent.store import Store

PLACE = "heads.base.cli"
PAYLOAD = b'{"said":"by a publisher"}'


@cache
def envelope() -> bytes:
    return publisher().signer.sign(PLACE, PAYLOAD)


def keep(path: Path) -> KeptEnvelopes:
    kept = KeptEnvelopes(path, "base")
    kept.save({PLACE: Kept(envelope(), bundle_of(shared_realm()), PAYLOAD)})
    return kept


def test_what_was_kept_is_judged_and_given_back(tmp_path: Path) -> None:
    kept = keep(tmp_path / "kept")
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o600

    found = kept.load(shared_realm().operator_public)
    assert (found[PLACE].payload, found[PLACE].data) == (PAYLOAD, envelope())
    assert found[PLACE].bundle == bundle_of(shared_realm())
    assert KeptEnvelopes(tmp_path / "kept", "prod").load(shared_realm().operator_public) == {}
    assert KeptEnvelopes(tmp_path / "none", "base").load("") == {}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 12_000), removed=st.integers(0, 9), put=st.binary(max_size=9))
def test_an_edited_file_gives_back_what_was_signed_or_nothing(
    tmp_path: Path, place: int, removed: int, put: bytes
) -> None:
    path = tmp_path / "kept"
    kept = keep(path)
    data = path.read_bytes()
    place %= len(data)
    path.write_bytes(data[:place] + put + data[place + removed :])
    try:
        found = kept.load(shared_realm().operator_public)
    except (InvalidDocument, Untrusted):
        return
    assert {known.payload for known in found.values()} <= {PAYLOAD}
    assert set(found) <= {PLACE}


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    with pytest.raises(HostError):
        KeptEnvelopes(tmp_path / "kept", "base").load("")
    with pytest.raises(HostError):
        KeptEnvelopes(tmp_path / "none" / "kept", "base").save({})


def test_marks_never_go_back_over_a_restart(tmp_path: Path) -> None:
    store = Store(tmp_path / "peel.db")
    marks = Marks(store)
    marks.note(PLACE, 3, "c")
    marks.note(PLACE, 2, "b")
    store.close()

    again = Marks(Store(tmp_path / "peel.db"))
    assert again.number(PLACE) == 3
    again.check(PLACE, 3, "c")
    again.check(PLACE, 4, "d")
    for number, digest in ((2, "b"), (3, "other")):
        with pytest.raises(StaleRevision):
            again.check(PLACE, number, digest)


def test_what_was_only_vouched_for_may_have_any_content_but_no_lower_number(tmp_path: Path) -> None:
    marks = Marks(Store(tmp_path / "peel.db"))
    marks.note(PLACE, 5)
    assert not marks.witnessed(PLACE)
    marks.check(PLACE, 5, "e")
    marks.note(PLACE, 5, "e")
    assert marks.witnessed(PLACE)
    with pytest.raises(StaleRevision):
        marks.check(PLACE, 5, "other")


def test_marks_count_while_the_disk_takes_nothing_and_are_kept_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path / "peel.db")
    marks = Marks(store)

    def full(key: str, value: str) -> None:
        raise HostError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(store, "set", full)
        marks.note(PLACE, 7, "g")
    with pytest.raises(StaleRevision):
        marks.check(PLACE, 6, "f")
    marks.note(PLACE, 7, "g")
    store.close()
    assert Marks(Store(tmp_path / "peel.db")).number(PLACE) == 7


@pytest.mark.parametrize("text", ["junk", "[]", '{"a": 1}', '{"a": ["x", "y"]}', "[" * 100_000])
def test_unreadable_marks_count_as_none(tmp_path: Path, text: str) -> None:
    store = Store(tmp_path / "peel.db")
    store.set("marks", text)
    assert Marks(store).number("a") == 0
